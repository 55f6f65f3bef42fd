package rooms

import (
	"context"
	"reflect"
	"slices"
	"time"
)

// Change is what a caller wants changed. Nil leaves a field alone; a zero value
// asks for the default, as in a [Draft].
type Change struct {
	Name        *string
	AccessLevel *AccessLevel
	ExternalID  *string
	ExpiresAt   *time.Time
	// Configuration and Metadata are decoded JSON objects.
	Configuration *Configuration
	Metadata      *map[string]any
	// Merge lays Configuration and Metadata over what is there (RFC 7396)
	// instead of replacing it: null removes a member.
	Merge bool
	// Versions are those of the room that the change is meant for; nil means
	// any.
	Versions []int64
}

// Update changes a room of which the user is owner or administrator. A change
// that changes nothing writes nothing. Concurrent changes all count: each is
// made to what the others left. [*InvalidError], ErrNotFound, ErrForbidden,
// ErrVersion, ErrExternalIDTaken.
func (s *Service) Update(ctx context.Context, caller Caller, id string, change Change) (Room, error) {
	for {
		old, role, err := s.find(ctx, caller, id)
		if err != nil {
			return Room{}, err
		}
		if err := permit(old, role.mayUpdate(), change.Versions); err != nil {
			return Room{}, err
		}
		room, err := s.apply(old, change)
		if err != nil || reflect.DeepEqual(room, old) {
			return room, err
		}
		room.Version++
		room.UpdatedAt = later(s.now(), old.UpdatedAt)
		event := Event{Kind: EventRoomUpdated, Room: room, Before: &old, Caller: caller}
		err = s.step(ctx, event, func(ctx context.Context, store Store) error {
			return store.Update(ctx, caller.view(), room, old.Version)
		})
		if err == nil {
			return room, nil
		}
		if !answers(err, ErrConflict) || ctx.Err() != nil {
			return Room{}, err
		}
		// Somebody changed or deleted the room meanwhile: look again.
	}
}

// Delete ends a room that the user owns, if it is of one of the versions; nil
// means any. The second time it is ErrNotFound. ErrForbidden, ErrVersion.
func (s *Service) Delete(ctx context.Context, caller Caller, id string, versions []int64) error {
	id, err := validID(caller, id)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx tx) error {
		room, role, err := tx.lock(ctx, caller, id)
		if err != nil {
			return err
		}
		if err := permit(room, role.mayDelete(), versions); err != nil {
			return err
		}
		if err := tx.store.Delete(ctx, caller.view(), id, s.now()); err != nil {
			return err
		}
		return s.tell(ctx, tx, Event{Kind: EventRoomDeleted, Room: room, Caller: caller})
	})
}

// permit returns ErrForbidden if the role does not allow a change, and
// ErrVersion if the room is of none of the versions that it is meant for.
func permit(room Room, allowed bool, versions []int64) error {
	switch {
	case !allowed:
		return ErrForbidden
	case versions != nil && !slices.Contains(versions, room.Version):
		return ErrVersion
	}
	return nil
}

// later returns now, or the least time after before if the clock stands still or
// went back.
func later(now, before time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(time.Microsecond)
}
