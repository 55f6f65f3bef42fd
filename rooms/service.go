package rooms

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Config configures a [Service].
type Config struct {
	// Store keeps the rooms. Required.
	Store Store
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// AllowPublic allows the level Public.
	AllowPublic bool
	// DefaultAccessLevel is the level of rooms created without one. Empty
	// means Trusted; Public needs AllowPublic.
	DefaultAccessLevel AccessLevel
	// PINLength gives every new room a PIN of 6 to 12 digits. Zero means no
	// PINs.
	PINLength int
	// Schema says what configurations may hold. Nil means DefaultSchema.
	Schema Schema
	// Directory knows the users' addresses. Nil means that nobody can be named
	// as an attendee.
	Directory Directory
	// OnEvent is told of every change inside its transaction. Nil means nobody
	// listens.
	OnEvent OnEvent
}

// Service holds the rules on rooms. It is safe for concurrent use.
type Service struct {
	config Config
}

// maxDraws is how often a slug and a PIN are drawn for one room. Even when nine
// of ten PINs are taken, fifty draws fail for one room in two hundred only, and
// by then the PINs should long be longer.
const maxDraws = 50

// New returns a service, or says what is wrong with the configuration.
func New(config Config) (*Service, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.DefaultAccessLevel == "" {
		config.DefaultAccessLevel = Trusted
	}
	if config.Schema == nil {
		config.Schema = DefaultSchema
	}
	switch {
	case config.Store == nil:
		return nil, errors.New("rooms: Config.Store is required")
	case !config.DefaultAccessLevel.Valid():
		return nil, errors.New("rooms: Config.DefaultAccessLevel must be public, trusted or restricted")
	case config.DefaultAccessLevel == Public && !config.AllowPublic:
		return nil, errors.New("rooms: Config.DefaultAccessLevel is public, which needs AllowPublic")
	case config.PINLength != 0 && (config.PINLength < 6 || config.PINLength > 12):
		return nil, errors.New("rooms: Config.PINLength must be from 6 to 12, or 0 for no PINs")
	}
	return &Service{config: config}, nil
}

// on returns the service on another store, such as one on a transaction.
func (s *Service) on(store Store) *Service {
	other := *s
	other.config.Store = store
	return &other
}

// Retrieve returns the room with the id. ErrNotFound.
func (s *Service) Retrieve(ctx context.Context, caller Caller, id string) (Room, error) {
	room, _, err := s.find(ctx, caller, id)
	return room, err
}

// Lookup returns the room with the slug. ErrNotFound.
func (s *Service) Lookup(ctx context.Context, caller Caller, slug string) (Room, error) {
	if err := caller.validate(); err != nil {
		return Room{}, err
	}
	if !validSlug(slug) {
		return Room{}, ErrNotFound
	}
	return s.first(ctx, caller.view(), Query{Filter: Filter{Slug: slug}})
}

// first returns the one room that the query selects. ErrNotFound.
func (s *Service) first(ctx context.Context, view View, query Query) (Room, error) {
	query.Limit = 1
	found, _, err := s.config.Store.List(ctx, view, query)
	switch {
	case err != nil:
		return Room{}, err
	case len(found) == 0:
		return Room{}, ErrNotFound
	}
	return found[0], nil
}

// find returns a visible room and the caller's role in it.
func (s *Service) find(ctx context.Context, caller Caller, id string) (Room, Role, error) {
	id, err := validID(caller, id)
	if err != nil {
		return Room{}, "", err
	}
	room, role, err := s.config.Store.Find(ctx, caller.view(), id)
	return room, caller.roleIn(role), err
}

// validID returns the id in the form that rooms have it in, if it can be one.
func validID(caller Caller, id string) (string, error) {
	if err := caller.validate(); err != nil {
		return "", err
	}
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return "", ErrNotFound
	}
	return parsed.String(), nil
}

func (s *Service) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }
