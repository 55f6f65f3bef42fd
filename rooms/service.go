package rooms

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

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
	// rolled back afterwards; what has to go with it, OnEvent writes with [Event].Tx. Nil
	// means that no one listens. It needs Stores.Transactor.
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
// Every method returns [ErrCaller] if the caller is not complete. A method on one room
// returns [ErrNotFound] if the caller sees no such room, and [ErrForbidden] if the caller's
// role in it is too low. Of a room that another source created, the caller sees neither
// ExternalID nor Metadata. A method that needs a store which is nil returns [ErrUnsupported].
// Errors of the stores and of [Config].OnEvent are returned as they are.
type Service struct {
	config Config
	ids    *code.IDs
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
	return errors.Join(mistakes...)
}

// On returns the service on other stores, such as those of a transaction ([Tx].Stores).
func (s *Service) On(stores Stores) *Service {
	other := *s
	other.config.Stores = stores
	return &other
}

// Retrieve returns the room with the id.
func (s *Service) Retrieve(ctx context.Context, caller Caller, id string) (Room, error) {
	room, _, err := s.find(ctx, caller, id)
	return caller.shown(room), err
}

// Lookup returns the room with the slug.
func (s *Service) Lookup(ctx context.Context, caller Caller, slug string) (Room, error) {
	if err := caller.Validate(); err != nil {
		return Room{}, err
	}
	if !code.IsSlug(slug) {
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
	id, err := parseID(caller, id)
	if err != nil {
		return Room{}, "", err
	}
	room, role, err := s.config.Stores.Rooms.Find(ctx, caller.View(), id)
	return room, caller.roleIn(role), err
}

// parseID returns the id in the form that rooms have it in. It returns [ErrNotFound] if it
// cannot be one, and [ErrCaller] before that.
func parseID(caller Caller, id string) (string, error) {
	if err := caller.Validate(); err != nil {
		return "", err
	}
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", ErrNotFound
	}
	return parsed.String(), nil
}

// now returns the present as rooms keep it.
func (s *Service) now() time.Time { return kept(s.config.Now()) }

// kept returns a time in UTC and microseconds.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
