package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// host is the internal API: its own version, its own answers, the same rooms.
type host struct {
	users *users
	rooms *rooms.Service
}

func newHost(ctx context.Context, db bun.IDB) (*host, error) {
	users, err := newUsers(ctx, db)
	if err != nil {
		return nil, err
	}
	service, err := rooms.New(rooms.Config{Store: rooms.NewSQLStore(db), AllowPublic: true})
	return &host{users: users, rooms: service}, err
}

// signedIn returns the caller that a signed-in person is: rooms come from the
// web, and all rooms of the person are seen. The header stands for the host's
// own sign-in.
func (h *host) signedIn(w http.ResponseWriter, r *http.Request) (rooms.Caller, bool) {
	email, err := delegation.ParseEmail(r.Header.Get("Demo-Signed-In-As"))
	if err != nil {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return rooms.Caller{}, false
	}
	user, err := h.users.UserByEmail(r.Context(), email)
	if err != nil || !user.Active {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return rooms.Caller{}, false
	}
	return rooms.Caller{User: user.ID, Source: rooms.Source{Kind: "web"}, Reach: rooms.ReachUser}, true
}

func (h *host) listRooms(w http.ResponseWriter, r *http.Request) {
	caller, ok := h.signedIn(w, r)
	if !ok {
		return
	}
	page, err := h.rooms.List(r.Context(), caller, rooms.ListOptions{})
	answer(w, page.Rooms, err)
}

func (h *host) createRoom(w http.ResponseWriter, r *http.Request) {
	caller, ok := h.signedIn(w, r)
	if !ok {
		return
	}
	var draft rooms.Draft
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&draft); err != nil {
		http.Error(w, "a JSON object is expected", http.StatusBadRequest)
		return
	}
	room, _, err := h.rooms.Create(r.Context(), caller, draft)
	answer(w, room, err)
}

func answer(w http.ResponseWriter, value any, err error) {
	var invalid *rooms.InvalidError
	switch {
	case errors.As(err, &invalid):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		http.Error(w, "something went wrong", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(value)
	}
}
