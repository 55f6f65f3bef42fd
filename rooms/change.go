package rooms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/anteroom-go/anteroom/rooms/internal/code"
	"github.com/anteroom-go/anteroom/rooms/internal/hook"
)

// Change holds what a caller wants of a new or a present room. Nil leaves a field as it is;
// a zero value asks for the default: the slug as name, the service's access level (of a new
// room only), no settings, no external id, no metadata, no end. The zero Change changes nothing.
// [ParseChange] makes one of a decoded JSON object.
type Change struct {
	Name        *string
	AccessLevel *AccessLevel
	ExternalID  *string
	ExpiresAt   *time.Time
	// Configuration is a decoded JSON object.
	Configuration *map[string]any
	// Metadata is a decoded JSON object, of which each value has to be a text.
	Metadata *map[string]any
	// Merge lays Configuration and Metadata over what is there (RFC 7396) instead of
	// replacing it: a null value removes a member.
	Merge bool

	faults Faults // of the object that the change was parsed from
	reset  struct{ configuration, metadata bool }
}

// empty reports whether the change names no field.
func (c Change) empty() bool {
	return c.Name == nil && c.AccessLevel == nil && c.ExternalID == nil && c.ExpiresAt == nil &&
		c.Configuration == nil && c.Metadata == nil
}

// withoutReset returns the change of a room that is there, with a fault instead of the default
// access level: that could open a room which the caller knows to be restricted.
func (c Change) withoutReset() Change {
	if c.AccessLevel != nil && *c.AccessLevel == "" {
		c.AccessLevel, c.faults = nil, c.faults.clone()
		c.faults.Add("access_level", CodeInvalidChoice, "Another access level is named: public, trusted or restricted.")
	}
	return c
}

// maxDraws is how often a slug and a PIN are drawn for one room. When nineteen of twenty PINs
// are taken, they all fail for one room in thirty thousand; package pins warns long before.
const maxDraws = 200

// Create makes a room of the caller's source, owned by the caller's user if there is one,
// and reports that it did. If a live room of the source has the external id already, Create
// returns that one as it is, so that a call may be repeated. It returns
// [ErrExternalIDTaken] if the caller's user has no role in that room, and an
// [*InvalidError] with every fault of the change.
func (s *Service) Create(ctx context.Context, caller Caller, change Change) (room Room, created bool, err error) {
	if err := cmp.Or(s.enter(ctx), caller.Validate()); err != nil {
		return Room{}, false, err
	}
	for {
		room, err = s.create(ctx, caller, change)
		if !hook.Answers(err, ErrExternalIDTaken) || change.ExternalID == nil {
			return room, err == nil, err
		}
		room, err = s.sameID(ctx, caller, *change.ExternalID)
		if !errors.Is(err, ErrNotFound) {
			return room, false, err
		}
		if err := ctx.Err(); err != nil { // deleted since: the id is free again
			return Room{}, false, err
		}
	}
}

// sameID returns the live room of the caller's source with the external id. It returns
// [ErrExternalIDTaken] if the caller's user has no role in it, and [ErrNotFound] if it is
// gone.
func (s *Service) sameID(ctx context.Context, caller Caller, externalID string) (Room, error) {
	ofSource := ForProgram(caller.Source).View()
	room, err := s.first(ctx, ofSource, Query{Filter: Filter{ExternalIDs: []string{externalID}}})
	if err != nil {
		return Room{}, err
	}
	found, _, err := s.config.Stores.Rooms.Find(ctx, caller.View(), room.ID)
	if !errors.Is(err, ErrNotFound) {
		return found, err
	}
	if _, _, err = s.config.Stores.Rooms.Find(ctx, ofSource, room.ID); err == nil { // it is still there
		err = ErrExternalIDTaken
	}
	return Room{}, err
}

// create keeps a new room, or returns why it does not.
func (s *Service) create(ctx context.Context, caller Caller, change Change) (Room, error) {
	for range maxDraws {
		room, err := s.draft(ctx, caller, change)
		if err != nil {
			return Room{}, err
		}
		event := Event{Kind: EventRoomCreated, Room: room, Caller: caller}
		err = s.step(ctx, event, func(ctx context.Context, store Store) error {
			return store.Insert(ctx, room, caller.owner(room))
		})
		if err == nil {
			return room, nil
		}
		if !hook.Answers(err, ErrCodeTaken) {
			return Room{}, err
		}
	}
	return Room{}, fmt.Errorf("rooms: no free slug and PIN found: %w", ErrCodeTaken)
}

// draft returns a new room as the caller wants it, with the defaults of the rest. An id is
// drawn last: those of a store may be counted.
func (s *Service) draft(ctx context.Context, caller Caller, change Change) (Room, error) {
	now := s.config.Now()
	slug, err := s.config.Stores.Slugs.Draw(ctx, code.Slug)
	if err != nil {
		return Room{}, err
	}
	room, err := s.apply(caller, Room{Slug: slug, Name: slug, PIN: code.PIN(s.config.PINLength), Source: caller.Source,
		AccessLevel: s.config.DefaultAccessLevel, Configuration: map[string]any{},
		CreatedAt: kept(now), UpdatedAt: kept(now), Version: 1}, change, true)
	if err == nil {
		room.ID, err = s.config.Stores.IDs.Draw(ctx, func() string { return s.ids.Next(now) })
	}
	return room, err
}

// Update changes a room of which the caller is owner or administrator, if it meets the
// condition. A nil condition is met by every room. A change that changes nothing writes
// nothing. Concurrent changes all count: each is made to what the others left. ExternalID and
// Metadata are changed by the source that created the room; from another one a change may
// repeat what it is shown of them, which is nothing.
//
// Update returns an [*InvalidError] with every fault of the change, before it looks for the
// room or at the role; if the caller sees no such room, the faults that depend on it are
// left out. It returns [ErrVersion] if the condition is not met, unless the room is already as
// the change asks, so that a change whose answer was lost can be sent again. It returns
// [ErrExternalIDTaken] if another room of the source has the external id.
func (s *Service) Update(
	ctx context.Context, caller Caller, id string, change Change, condition func(Room) bool,
) (Room, error) {
	change = change.withoutReset()
	for {
		old, role, err := s.find(ctx, caller, id)
		known := !errors.Is(err, ErrNotFound)
		if err != nil && known {
			return Room{}, err
		}
		room, invalid := s.apply(caller, old, change, known)
		if err := cmp.Or(invalid, err); err != nil {
			return Room{}, err
		}
		unchanged := reflect.DeepEqual(room, old)
		if unchanged && !change.empty() {
			condition = nil // what is asked for is there, whoever brought it: nothing can get lost (RFC 9110 §13.1.1)
		}
		if err := permit(caller.shown(old), role.mayUpdate(), condition); err != nil {
			return Room{}, err
		}
		if unchanged {
			return caller.shown(room), nil
		}
		room, err = s.replace(ctx, caller, old, room)
		if !hook.Answers(err, ErrConflict) {
			return caller.shown(room), err
		}
		if err := ctx.Err(); err != nil { // changed or deleted meanwhile: look again
			return Room{}, err
		}
	}
}

// replace keeps the next version of a room.
func (s *Service) replace(ctx context.Context, caller Caller, old, room Room) (Room, error) {
	room.Version++
	room.UpdatedAt = s.now()
	if least := old.UpdatedAt.Add(time.Microsecond); room.UpdatedAt.Before(least) { // the clock stands still or went back
		room.UpdatedAt = least
	}
	event := Event{Kind: EventRoomUpdated, Room: room, Before: &old, Caller: caller}
	err := s.step(ctx, event, func(ctx context.Context, store Store) error {
		return store.Update(ctx, caller.View(), room, old.Version)
	})
	if err != nil {
		return Room{}, err
	}
	return room, nil
}

// Delete ends a room that the caller owns, if it meets the condition. A nil condition is
// met by every room. It returns [ErrVersion] if the condition is not met, and the second
// time [ErrNotFound].
func (s *Service) Delete(ctx context.Context, caller Caller, id string, condition func(Room) bool) error {
	for {
		room, role, err := s.find(ctx, caller, id)
		if err != nil {
			return err
		}
		if err := permit(caller.shown(room), role.mayDelete(), condition); err != nil {
			return err
		}
		event := Event{Kind: EventRoomDeleted, Room: room, Caller: caller}
		err = s.step(ctx, event, func(ctx context.Context, store Store) error {
			return store.Delete(ctx, caller.View(), room.ID, room.Version, s.now())
		})
		if !hook.Answers(err, ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil { // changed or deleted meanwhile: look again
			return err
		}
	}
}

// permit returns [ErrForbidden] if the role does not allow a change, and [ErrVersion] if
// the room does not meet the condition.
func permit(room Room, allowed bool, condition func(Room) bool) error {
	switch {
	case !allowed:
		return ErrForbidden
	case condition != nil && !condition(room):
		return ErrVersion
	}
	return nil
}
