package place

import (
	"context"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// nowhere is a store that keeps nothing, for the rules alone.
type nowhere struct{}

func (nowhere) Insert(context.Context, rooms.Room, *rooms.Attendee) error { return nil }

func (nowhere) Find(context.Context, rooms.View, string) (rooms.Room, rooms.Role, error) {
	return rooms.Room{}, "", rooms.ErrNotFound
}

func (nowhere) List(context.Context, rooms.View, rooms.Query) ([]rooms.Room, int, error) {
	return nil, 0, nil
}

func (nowhere) Update(context.Context, rooms.View, rooms.Room, int64) error { return rooms.ErrConflict }

func (nowhere) Delete(context.Context, rooms.View, string, int64, time.Time) error {
	return rooms.ErrConflict
}
