package rooms

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/anteroom-go/anteroom/rooms/internal/code"
)

// Config configures a [Service].
type Config struct {
	// Stores keep the rooms and what belongs to them. Stores.Rooms is required.
	Stores Stores
	// Now is the clock; nil means time.Now. Times and ids come from it.
	Now func() time.Time
	// AllowPublic allows the level [Public].
	AllowPublic bool
	// DefaultAccessLevel is the level of rooms created without one. Empty means [Trusted];
	// [Public] needs AllowPublic.
	DefaultAccessLevel AccessLevel
	// PINLength gives every new room a PIN of 6 to 12 digits. Zero means no PINs.
	PINLength int
	// Schema adds what is wrong with a configuration to the faults, with fields below
	// "configuration". It gets a configuration as it was sent, never an empty one, and does
	// not change it. Nil means the settings of the external API: can_publish_sources, null
	// or a list of different media sources, and everyone_can_mute, null or a boolean.
	Schema func(configuration map[string]any, faults *Faults)
	// ParseAddress returns an e-mail address in the one form in which addresses compare,
	// and whether it is acceptable. Required with Stores.Attendees.
	ParseAddress func(address string) (canonical string, ok bool)
	// OnEvent hears of every change that a caller makes, inside its transaction: with an
	// error it undoes the change, and the caller gets that error. The change may still be
	// rolled back afterwards; what has to go with it, OnEvent writes with [Event].Tx, or by a
	// service on [Event].Stores. Any other service returns [ErrReentry] to it, if called with
	// its context. Nil means that no one listens. It needs Stores.Transactor.
	OnEvent func(ctx context.Context, event Event) error
}

// ConfigError reports one mistake in a [Config].
type ConfigError struct {
	// Field is the path of the field, such as Stores.Rooms.
	Field string
	// Problem continues a sentence that begins with the field.
	Problem string
}

// Error returns the sentence.
func (e *ConfigError) Error() string { return "rooms: Config." + e.Field + " " + e.Problem }

// Service holds the rules on rooms. It is safe for concurrent use.
//
// Every method returns [ErrCaller] if the caller is not complete. A method on one room takes
// its id or its slug; what can be an id is no slug there. It returns [ErrNotFound] if the
// caller sees no such room, and [ErrForbidden] if the caller's role in it is too low. What
// another source created has neither ExternalID nor Metadata for the caller. A method that
// needs a store which is nil returns [ErrUnsupported]. Errors of stores and OnEvent stay as they are.
type Service struct {
	config   Config
	ids      *code.IDs
	onOthers bool // what [Service.On] returned
	// condition is what [Service.If] demands; nil means nothing.
	condition func([]Attendee) bool
}

// New returns a service. It returns a [*ConfigError] for each mistake in the configuration,
// joined by [errors.Join].
func New(config Config) (*Service, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.DefaultAccessLevel == "" {
		config.DefaultAccessLevel = Trusted
	}
	if config.Schema == nil {
		config.Schema = checkSettings
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	return &Service{config: config, ids: &code.IDs{}}, nil
}

func (c Config) check() error {
	var mistakes []error
	refuse := func(refused bool, field, problem string) {
		if refused {
			mistakes = append(mistakes, &ConfigError{Field: field, Problem: problem})
		}
	}
	refuse(c.Stores.Rooms == nil, "Stores.Rooms", "is required")
	refuse(c.Stores.Attendees != nil && c.Stores.Transactor == nil, "Stores.Transactor", "is required by Stores.Attendees")
	refuse(c.OnEvent != nil && c.Stores.Transactor == nil, "Stores.Transactor", "is required by OnEvent")
	refuse(c.Stores.Attendees != nil && c.ParseAddress == nil, "ParseAddress", "is required by Stores.Attendees")
	refuse(!c.DefaultAccessLevel.Valid(), "DefaultAccessLevel", "must be public, trusted or restricted")
	refuse(c.DefaultAccessLevel == Public && !c.AllowPublic, "DefaultAccessLevel", "is public, which needs AllowPublic")
	validPIN := c.PINLength == 0 || c.PINLength >= 6 && c.PINLength <= 12
	refuse(!validPIN, "PINLength", "must be from 6 to 12, or 0 for no PINs")
	refuse(!c.Stores.IDs.Complete(), "Stores.IDs", "needs New, as Parse refuses UUIDs")
	refuse(!c.Stores.Slugs.Complete(), "Stores.Slugs", "needs New, as Parse refuses three groups of letters")
	return errors.Join(mistakes...)
}

// On returns the service on other stores, such as those of a transaction ([Tx].Stores).
func (s *Service) On(stores Stores) *Service {
	other := *s
	stores.IDs, stores.Slugs = cmp.Or(stores.IDs, s.config.Stores.IDs), cmp.Or(stores.Slugs, s.config.Stores.Slugs)
	other.config.Stores, other.onOthers = stores, true
	return &other
}

// If returns the service that changes the attendees of a room only while they meet the
// condition. It gets the one that is changed or removed, or else everyone with a role in the
// room, the owner first. The methods that change them return [ErrVersion] otherwise, after
// every other refusal. A call that would change nothing does not depend on the condition: what
// it asks for is there (RFC 9110 §13.1.1), as when it was made before and its answer was lost. A
// nil condition is met by all.
func (s *Service) If(condition func([]Attendee) bool) *Service {
	other := *s
	other.condition = condition
	return &other
}

// Retrieve returns the room with the id or slug.
func (s *Service) Retrieve(ctx context.Context, caller Caller, id string) (Room, error) {
	room, _, err := s.find(ctx, caller, id)
	return caller.shown(room), err
}

// Lookup returns the room with the slug.
func (s *Service) Lookup(ctx context.Context, caller Caller, slug string) (Room, error) {
	if err := cmp.Or(s.enter(ctx), caller.Validate()); err != nil {
		return Room{}, err
	}
	slug, ok := s.config.Stores.Slugs.Read(slug)
	if !ok {
		return Room{}, ErrNotFound
	}
	room, err := s.first(ctx, caller.View(), Query{Filter: Filter{Slug: slug}})
	return caller.shown(room), err
}

// first returns the first room that the query selects, or [ErrNotFound].
func (s *Service) first(ctx context.Context, view View, query Query) (Room, error) {
	query.Limit = 1
	found, _, err := s.config.Stores.Rooms.List(ctx, view, query)
	switch {
	case err != nil:
		return Room{}, err
	case len(found) == 0:
		return Room{}, ErrNotFound
	}
	return found[0], nil
}

// find returns a visible room, with what is its creator's own, and the caller's role in it.
func (s *Service) find(ctx context.Context, caller Caller, id string) (Room, Role, error) {
	id, err := s.resolve(ctx, caller, id)
	if err != nil {
		return Room{}, "", err
	}
	room, role, err := s.config.Stores.Rooms.Find(ctx, caller.View(), id)
	return room, caller.roleIn(role), err
}

// resolve returns the id of the room that a text names: by an id in any of its forms, or by
// the slug of a room that the caller sees. Slugs never pass to another room, so the answer
// stays right. It returns [ErrNotFound] if the text names no room that the caller may know
// of, at the same cost whether there is one, and [ErrCaller] before that.
func (s *Service) resolve(ctx context.Context, caller Caller, name string) (id string, err error) {
	if id, ok := s.config.Stores.IDs.Read(name); ok {
		return id, cmp.Or(s.enter(ctx), caller.Validate())
	}
	room, err := s.Lookup(ctx, caller, name)
	return room.ID, err
}

// now returns the present as rooms keep it.
func (s *Service) now() time.Time { return kept(s.config.Now()) }

// kept returns a time in UTC and microseconds.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
