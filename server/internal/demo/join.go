package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

//go:embed pages
var pageFiles embed.FS

// readPages reads the templates and the style sheet in them, which is all that the
// policy of the pages allows: nothing runs, and nothing is loaded.
func (h *Handler) readPages() error {
	style, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return err
	}
	sum := sha256.Sum256(style)
	h.style = template.CSS(style)
	h.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	h.pages, err = template.ParseFS(pageFiles, "pages/*.html")
	return err
}

// door is what the page of a room shows.
type door struct {
	Room     rooms.Room
	Level    string // in words
	Stranger string // what becomes of people who are not signed in
	SignedIn string // and of signed-in users without a role
	Until    string // when the link stops opening; empty if it does not
}

// aUser is a signed-in user who has a role in no room: no id of the directory looks so.
var aUser = rooms.Visitor{UserID: "visitor of the demo"}

// join answers a join link with what would become of those who follow it.
func (h *Handler) join(w http.ResponseWriter, r *http.Request, slug string) {
	shown, found, err := h.door(r.Context(), slug)
	switch {
	case err != nil:
		h.config.Logger.ErrorContext(r.Context(), "join link", "error", err.Error())
		h.page(w, http.StatusServiceUnavailable, "failure.html", door{})
	case !found:
		h.page(w, http.StatusNotFound, "unknown.html", door{})
	default:
		h.page(w, http.StatusOK, "room.html", shown)
	}
}

// door returns what the page of a room shows, and whether there is such a room.
func (h *Handler) door(ctx context.Context, slug string) (shown door, found bool, err error) {
	stranger, err := h.rooms.Admit(ctx, slug, rooms.Visitor{})
	if err != nil || stranger.Decision == rooms.Refuse {
		return door{}, false, err
	}
	user, err := h.rooms.Admit(ctx, slug, aUser)
	if err != nil || user.Decision == rooms.Refuse {
		return door{}, false, err
	}
	shown = door{Room: user.Room, Level: inWords(user.Room.AccessLevel),
		Stranger: becomes(stranger.Decision), SignedIn: becomes(user.Decision)}
	if at := user.Room.ExpiresAt; !at.IsZero() {
		shown.Until = at.UTC().Format(time.RFC1123)
	}
	return shown, true, nil
}

func inWords(level rooms.AccessLevel) string {
	switch level {
	case rooms.Public:
		return "anyone with the link enters"
	case rooms.Trusted:
		return "signed-in users enter, others wait"
	}
	return "only people with a role enter, others wait"
}

func becomes(decision rooms.Decision) string {
	if decision == rooms.Enter {
		return "enter"
	}
	return "wait in the lobby until a person inside opens"
}

// page answers with a page that was made from a template.
func (h *Handler) page(w http.ResponseWriter, status int, name string, shown door) {
	var text bytes.Buffer
	content := struct {
		Style template.CSS
		Door  door
	}{h.style, shown}
	if err := h.pages.ExecuteTemplate(&text, name, content); err != nil {
		h.config.Logger.Error("join page", "error", err.Error())
		status = http.StatusInternalServerError
		text.Reset()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", h.policy)
	h.send(w, status, text.Bytes())
}
