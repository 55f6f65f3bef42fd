package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// store is rooms.Store in memory. There is none of attendees and no transactor, so
// the API answers that it does not support what needs them.
type store struct {
	mu    sync.Mutex
	rooms map[string]*entry // by id
}

// entry is a room with what a store must know beside it.
type entry struct {
	rooms.Room
	owner   string // the user's id; empty if there is none
	deleted bool
}

func newStore() *store { return &store{rooms: map[string]*entry{}} }

// visible reports whether the view sees the room. Without attendees only the owner
// has a role.
func (e *entry) visible(view rooms.View) bool {
	ofSource := e.Source.Kind == view.SourceKind && e.Source.ID == view.SourceID
	return !e.deleted && (view.AllSources || ofSource) && (view.Program || e.role(view) != "")
}

// role returns the role of the view's user in the room.
func (e *entry) role(view rooms.View) rooms.Role {
	if view.UserID == "" || view.UserID != e.owner {
		return ""
	}
	return rooms.Owner
}

// Insert implements rooms.Store.
func (s *store) Insert(ctx context.Context, room rooms.Room, owner *rooms.Attendee) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := &entry{Room: room}
	if owner != nil {
		if kept.owner = owner.UserID; kept.owner == "" {
			return errors.New("customstore: the owner of a room needs a user id")
		}
	}
	if err := s.conflict(room); err != nil {
		return err
	}
	if s.rooms[room.ID] != nil {
		return rooms.ErrCodeTaken
	}
	if ctx.Err() == nil {
		s.rooms[room.ID] = kept
	}
	return ctx.Err()
}

// conflict returns which unique value of a room another room has.
func (s *store) conflict(room rooms.Room) error {
	for _, other := range s.rooms {
		sameSource := other.Source.Kind == room.Source.Kind && other.Source.ID == room.Source.ID
		switch {
		case other.ID == room.ID:
		case other.Slug == room.Slug || room.PIN != "" && other.PIN == room.PIN:
			return rooms.ErrCodeTaken
		case !other.deleted && sameSource && room.ExternalID != "" && other.ExternalID == room.ExternalID:
			return rooms.ErrExternalIDTaken
		}
	}
	return nil
}

// Find implements rooms.Store.
func (s *store) Find(ctx context.Context, view rooms.View, id string) (rooms.Room, rooms.Role, error) {
	if err := errors.Join(view.Validate(), ctx.Err()); err != nil {
		return rooms.Room{}, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.rooms[id]
	switch {
	case !ok || !found.visible(view):
		return rooms.Room{}, "", rooms.ErrNotFound
	}
	return found.Room, found.role(view), nil
}

// List implements rooms.Store.
func (s *store) List(ctx context.Context, view rooms.View, query rooms.Query) ([]rooms.Room, int, error) {
	if err := view.Validate(); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	order := func(a, b string) int { return strings.Compare(b, a) }
	if query.OldestFirst {
		order = strings.Compare
	}
	var list []rooms.Room
	for _, e := range s.rooms {
		if e.visible(view) && fits(e.Room, query.Filter) && (query.After == "" || order(e.ID, query.After) > 0) {
			list = append(list, e.Room)
		}
	}
	slices.SortFunc(list, func(a, b rooms.Room) int { return order(a.ID, b.ID) })
	total := len(list)
	if query.After != "" {
		total = 0
	}
	from := min(query.Offset, len(list))
	to := min(from+query.Limit, len(list))
	return list[from:to], total, ctx.Err()
}

// fits reports whether a filter leaves the room in.
func fits(room rooms.Room, f rooms.Filter) bool {
	return (f.Slug == "" || f.Slug == room.Slug) &&
		(len(f.ExternalIDs) == 0 || slices.Contains(f.ExternalIDs, room.ExternalID)) &&
		(f.AccessLevel == "" || f.AccessLevel == room.AccessLevel) &&
		(f.CreatedAfter.IsZero() || room.CreatedAt.After(f.CreatedAfter)) &&
		(f.CreatedBefore.IsZero() || room.CreatedAt.Before(f.CreatedBefore)) &&
		(f.UpdatedAfter.IsZero() || room.UpdatedAt.After(f.UpdatedAfter))
}

// Update implements rooms.Store.
func (s *store) Update(ctx context.Context, view rooms.View, room rooms.Room, version int64) error {
	if err := view.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.rooms[room.ID]
	if !ok || !kept.visible(view) || kept.Version != version {
		return rooms.ErrConflict
	}
	changed := kept.Room
	changed.Name, changed.AccessLevel, changed.Configuration = room.Name, room.AccessLevel, room.Configuration
	changed.ExternalID, changed.Metadata, changed.ExpiresAt = room.ExternalID, room.Metadata, room.ExpiresAt
	changed.UpdatedAt, changed.Version = room.UpdatedAt, room.Version
	if err := s.conflict(changed); err != nil {
		return err
	}
	if ctx.Err() == nil {
		kept.Room = changed
	}
	return ctx.Err()
}

// Delete implements rooms.Store.
func (s *store) Delete(ctx context.Context, view rooms.View, id string, version int64, _ time.Time) error {
	if err := errors.Join(view.Validate(), ctx.Err()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, ok := s.rooms[id]
	if !ok || !kept.visible(view) || kept.Version != version {
		return rooms.ErrConflict
	}
	kept.deleted = true
	return nil
}
