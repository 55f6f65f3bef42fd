package rooms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Draft is what a caller says of a new room. Zero values ask for the defaults:
// the slug as name, the service's access level, no settings, no external id, no
// metadata, no end.
type Draft struct {
	Name          string
	AccessLevel   AccessLevel
	Configuration Configuration
	ExternalID    string
	Metadata      Metadata
	ExpiresAt     time.Time

	sent *map[string]any // metadata as a caller sent them, which may be anything
}

// NewDraft makes a draft of what a caller sent as a change to nothing.
func NewDraft(change Change) Draft {
	d := Draft{sent: change.Metadata}
	assign(&d.Name, change.Name)
	assign(&d.AccessLevel, change.AccessLevel)
	assign(&d.Configuration, change.Configuration)
	assign(&d.ExternalID, change.ExternalID)
	assign(&d.ExpiresAt, change.ExpiresAt)
	return d
}

func assign[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}

// change says the draft in the terms of a change to a blank room.
func (d Draft) change() Change {
	metadata := d.sent
	if metadata == nil {
		pairs := d.Metadata.decoded()
		metadata = &pairs
	}
	return Change{Name: &d.Name, AccessLevel: &d.AccessLevel, ExternalID: &d.ExternalID, ExpiresAt: &d.ExpiresAt,
		Configuration: &d.Configuration, Metadata: metadata}
}

// Create makes a room of the caller's source, owned by the caller's user if
// there is one, and reports that it did. If a live room of the source has the
// external id already, that one is returned as it is, or ErrExternalIDTaken if
// the caller's user has no role in it. [*InvalidError].
func (s *Service) Create(ctx context.Context, caller Caller, draft Draft) (room Room, created bool, err error) {
	for {
		room, err = s.create(ctx, caller, draft)
		if !answers(err, ErrExternalIDTaken) {
			return room, err == nil, err
		}
		room, err = s.sameID(ctx, caller, draft.ExternalID)
		if !errors.Is(err, ErrNotFound) {
			return room, false, err
		}
		if err := ctx.Err(); err != nil { // deleted since: the id is free again
			return Room{}, false, err
		}
	}
}

// sameID returns the live room of the caller's source with the external id, or
// ErrExternalIDTaken if the caller's user has no role in it, whatever the
// caller's reach. ErrNotFound if it is gone.
func (s *Service) sameID(ctx context.Context, caller Caller, externalID string) (Room, error) {
	everybodys := View{SourceKind: caller.Source.Kind, SourceID: caller.Source.ID}
	room, err := s.first(ctx, everybodys, Query{Filter: Filter{ExternalIDs: []string{externalID}}})
	if err != nil {
		return Room{}, err
	}
	own := everybodys
	own.User = caller.User
	found, _, err := s.config.Store.Find(ctx, own, room.ID)
	if !errors.Is(err, ErrNotFound) {
		return found, err
	}
	if _, _, err = s.config.Store.Find(ctx, everybodys, room.ID); err == nil { // it is still there
		err = ErrExternalIDTaken
	}
	return Room{}, err
}

// create makes a room, or refuses to.
func (s *Service) create(ctx context.Context, caller Caller, draft Draft) (Room, error) {
	if err := caller.validate(); err != nil {
		return Room{}, err
	}
	for range maxDraws {
		room, err := s.blank(caller.Source)
		if err != nil {
			return Room{}, err
		}
		if room, err = s.apply(room, draft.change()); err != nil {
			return Room{}, err
		}
		event := Event{Kind: EventRoomCreated, Room: room, Caller: caller}
		err = s.step(ctx, event, func(ctx context.Context, store Store) error { return store.Insert(ctx, room, caller.owner(room)) })
		if err == nil {
			return room, nil
		}
		if !answers(err, ErrCodeTaken) {
			return Room{}, err
		}
	}
	return Room{}, fmt.Errorf("rooms: no free slug and PIN found: %w", ErrCodeTaken)
}

// blank draws a room with everything that no caller decides.
func (s *Service) blank(source Source) (Room, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Room{}, fmt.Errorf("rooms: drawing an id: %w", err)
	}
	now := s.now()
	return Room{ID: id.String(), Slug: NewSlug(), PIN: NewPIN(s.config.PINLength), Source: source, CreatedAt: now, UpdatedAt: now, Version: 1}, nil
}
