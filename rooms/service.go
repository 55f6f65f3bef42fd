package rooms

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
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

// Draft is what a caller says of a new room. Zero values ask for the defaults:
// the slug as name, the service's access level, no settings, no external id.
type Draft struct {
	Name          string
	AccessLevel   AccessLevel
	Configuration Configuration
	ExternalID    string
}

// Create makes a room of the caller's source, owned by the caller's user if
// there is one. [*InvalidError], ErrExternalIDTaken.
func (s *Service) Create(ctx context.Context, caller Caller, draft Draft) (Room, error) {
	if err := caller.validate(); err != nil {
		return Room{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Room{}, fmt.Errorf("rooms: drawing an id: %w", err)
	}
	now := s.now()
	blank := Room{ID: id.String(), Source: caller.Source, CreatedAt: now, UpdatedAt: now, Version: 1}
	for range maxDraws {
		room := blank
		room.Slug, room.PIN = NewSlug(), NewPIN(s.config.PINLength)
		if room, err = s.apply(room, draft.change()); err != nil {
			return Room{}, err
		}
		err = s.config.Store.Insert(ctx, room, caller.User)
		if err == nil {
			return room, nil
		}
		if !errors.Is(err, ErrCodeTaken) {
			return Room{}, err
		}
	}
	return Room{}, fmt.Errorf("rooms: no free slug and PIN in %d draws: %w", maxDraws, err)
}

// change says the draft in the terms of a change to a blank room.
func (d Draft) change() Change {
	return Change{Name: &d.Name, AccessLevel: &d.AccessLevel, Configuration: &d.Configuration, ExternalID: &d.ExternalID}
}

// Retrieve returns the room with the id. ErrNotFound.
func (s *Service) Retrieve(ctx context.Context, caller Caller, id string) (Room, error) {
	room, _, err := s.find(ctx, caller, id)
	return room, err
}

// find returns a visible room and the caller's role in it. A caller without a
// user has an owner's rights on the rooms of its own source, which are all that
// it sees.
func (s *Service) find(ctx context.Context, caller Caller, id string) (Room, Role, error) {
	if err := caller.validate(); err != nil {
		return Room{}, "", err
	}
	parsed, err := uuid.Parse(id)
	if err != nil || len(id) != 36 {
		return Room{}, "", ErrNotFound
	}
	room, role, err := s.config.Store.Find(ctx, caller.view(), parsed.String())
	if caller.User == "" {
		role = Owner
	}
	return room, role, err
}

// The sizes of pages.
const (
	DefaultPageSize = 20
	MaxPageSize     = 100
)

// ListOptions selects a page.
type ListOptions struct {
	// Page counts from 1; 0 means 1.
	Page int
	// PageSize is at most MaxPageSize, to which larger ones are cut; 0 means
	// DefaultPageSize.
	PageSize int
}

// Page is a part of a list.
type Page struct {
	Rooms []Room
	// Total is how many rooms there are on all pages.
	Total int
	// Number and Size are the page's number and greatest length.
	Number, Size int
}

// List returns a page of the rooms that the caller sees, newest first. A page
// after the last one is empty. [*InvalidError].
func (s *Service) List(ctx context.Context, caller Caller, options ListOptions) (Page, error) {
	if err := caller.validate(); err != nil {
		return Page{}, err
	}
	page := Page{Number: options.Page, Size: min(options.PageSize, MaxPageSize)}
	if page.Number == 0 {
		page.Number = 1
	}
	if page.Size == 0 {
		page.Size = DefaultPageSize
	}
	var p problems
	if page.Number < 1 || page.Number > math.MaxInt32 {
		p.add("page", CodeInvalidNumber, "Pages are counted from 1.")
	}
	if page.Size < 1 {
		p.add("page_size", CodeInvalidNumber, "A page has at least one room.")
	}
	if err := p.err(); err != nil {
		return Page{}, err
	}
	var err error
	page.Rooms, page.Total, err = s.config.Store.List(ctx, caller.view(), page.Size, (page.Number-1)*page.Size)
	return page, err
}

// Change is what a caller wants changed. Nil leaves a field alone; a zero value
// asks for its default, see [Draft].
type Change struct {
	Name          *string
	AccessLevel   *AccessLevel
	Configuration *Configuration
	ExternalID    *string
}

// Update changes a room of which the user is owner or administrator. A change
// that changes nothing writes nothing. Concurrent changes all count: each is
// made to what the others left. [*InvalidError], ErrNotFound, ErrForbidden,
// ErrExternalIDTaken.
func (s *Service) Update(ctx context.Context, caller Caller, id string, change Change) (Room, error) {
	for {
		old, role, err := s.find(ctx, caller, id)
		if err != nil {
			return Room{}, err
		}
		if !role.mayUpdate() {
			return Room{}, ErrForbidden
		}
		room, err := s.apply(old, change)
		if err != nil || reflect.DeepEqual(room, old) {
			return room, err
		}
		room.Version++
		room.UpdatedAt = later(s.now(), old.UpdatedAt)
		err = s.config.Store.Update(ctx, caller.view(), room, old.Version)
		if err == nil {
			return room, nil
		}
		if !errors.Is(err, ErrConflict) || ctx.Err() != nil {
			return Room{}, err
		}
		// Somebody else's change came first: make ours to theirs.
	}
}

// Delete ends a room that the user owns. The second time it is ErrNotFound.
// ErrForbidden.
func (s *Service) Delete(ctx context.Context, caller Caller, id string) error {
	room, role, err := s.find(ctx, caller, id)
	if err != nil {
		return err
	}
	if !role.mayDelete() {
		return ErrForbidden
	}
	return s.config.Store.Delete(ctx, caller.view(), room.ID, s.now())
}

func (s *Service) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// later returns now, or the first moment after before if the clock stood still.
func later(now, before time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Microsecond)
}
