package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
)

// host is the internal API: its own version, its own answers, the same rooms.
type host struct {
	db    bun.IDB
	users *users
	rooms *rooms.Service
}

func newHost(ctx context.Context, db bun.IDB) (*host, error) {
	users, err := newUsers(ctx, db)
	if err != nil {
		return nil, err
	}
	_, err = db.ExecContext(
		ctx,
		"CREATE TABLE IF NOT EXISTS outbox (kind TEXT NOT NULL, room TEXT NOT NULL, source TEXT NOT NULL)",
	)
	if err != nil {
		return nil, err
	}
	service, err := rooms.New(rooms.Config{
		Stores: roomsql.New(db).Stores(), AllowPublic: true, ParseAddress: parseAddress, OnEvent: note})
	return &host{db: db, users: users, rooms: service}, err
}

// note fills the outbox in the transaction of the change itself, whichever door
// it came through: what is rolled back was never noted.
func note(ctx context.Context, event rooms.Event) error {
	_, err := event.Tx.ExecContext(ctx, "INSERT INTO outbox (kind, room, source) VALUES (?, ?, ?)",
		string(event.Kind), event.Room.ID, event.Caller.Source.Kind)
	return err
}

// parseAddress returns an address in the form in which addresses compare.
func parseAddress(address string) (string, bool) {
	email, err := delegation.ParseEmail(address)
	return string(email), err == nil
}

// routes are the host's own.
func (h *host) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1.0/rooms", h.listRooms)
	mux.HandleFunc("POST /api/v1.0/rooms", h.createRoom)
	mux.HandleFunc("GET /api/v1.0/outbox", h.listOutbox)
	mux.HandleFunc("GET /{slug}", h.join)
}

// signedIn returns who is signed in. The header stands for the host's own
// sign-in.
func (h *host) signedIn(r *http.Request) (delegation.User, bool) {
	email, err := delegation.ParseEmail(r.Header.Get("Demo-Signed-In-As"))
	if err != nil {
		return delegation.User{}, false
	}
	user, err := h.users.UserByEmail(r.Context(), email)
	return user, err == nil && user.Active
}

// caller returns the caller that a signed-in person is: their rooms come from the
// web, and they see all of their rooms.
func (h *host) caller(w http.ResponseWriter, r *http.Request) (rooms.Caller, bool) {
	user, ok := h.signedIn(r)
	if !ok {
		http.Error(w, "sign in first", http.StatusUnauthorized)
	}
	caller := rooms.ForUser(rooms.Source{Kind: "web"}, user.ID, string(user.Email))
	caller.AllSources = true
	return caller, ok
}

func (h *host) listRooms(w http.ResponseWriter, r *http.Request) {
	caller, ok := h.caller(w, r)
	if !ok {
		return
	}
	page, err := h.rooms.List(r.Context(), caller, rooms.ListOptions{})
	answer(w, page.Rooms, err)
}

func (h *host) createRoom(w http.ResponseWriter, r *http.Request) {
	caller, ok := h.caller(w, r)
	if !ok {
		return
	}
	var object map[string]any
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&object); err != nil {
		http.Error(w, "a JSON object is expected", http.StatusBadRequest)
		return
	}
	room, _, err := h.rooms.Create(r.Context(), caller, rooms.ParseChange(object))
	answer(w, room, err)
}

// join is the door of a room, to which its link leads: what applications promised
// their users holds here.
func (h *host) join(w http.ResponseWriter, r *http.Request) {
	var visitor rooms.Visitor
	if user, ok := h.signedIn(r); ok {
		visitor = rooms.Visitor{UserID: user.ID, Addresses: []string{string(user.Email)}}
	}
	admission, err := h.rooms.Admit(r.Context(), r.PathValue("slug"), visitor)
	if err == nil && admission.Decision == rooms.Refuse {
		http.NotFound(w, r)
		return
	}
	answer(w, map[string]any{"decision": admission.Decision, "role": admission.Role, "room": admission.Room.Name}, err)
}

func (h *host) listOutbox(w http.ResponseWriter, r *http.Request) {
	var events []struct{ Kind, Room, Source string }
	err := h.db.NewRaw("SELECT kind, room, source FROM outbox").Scan(r.Context(), &events)
	answer(w, events, err)
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
