// Package form holds what the ids and the slugs of rooms look like in a host's store. The
// rules of package rooms compare them and pass them on, and know nothing else of them.
//
//	stores := rooms.Stores{Rooms: meetings}
//	stores.IDs = &form.ID{New: meetings.next, Parse: form.Number}
//	stores.Slugs = &form.Slug{Parse: form.Exact}
//
// Whatever a host chooses, a name that a request may use is bounded: 1 to [MaxLength] of
// the characters A-Z, a-z, 0-9, hyphen, full stop, underscore and tilde, which stand in a
// segment of a URL as they are (RFC 3986 §2.3), and neither of the segments "." and "..".
package form

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/anteroom-go/anteroom/rooms/internal/code"
)

// MaxLength is how many characters an id or a slug has at most.
const MaxLength = 100

// ID is the form of the ids of rooms. A nil or zero ID means UUIDs, which the service makes of
// version 7 (RFC 9562 §5.7) and reads in every form that this RFC allows.
type ID struct {
	// New returns the id of a new room, which stands behind those before it in the order of
	// the store's lists: the next number of a sequence, for example. It is called on the
	// stores of a transaction if the room is made in one. An id that is taken all the same,
	// Insert of the store refuses, and New is called again. Nil means a UUID of version 7 with
	// the time of the service's clock, which Parse has to accept.
	New func(ctx context.Context) (string, error)
	// Parse returns the id that a text names, in the one form in which the store has it,
	// and whether the text can name one. Ids are equal if their texts in that form are. What
	// it refuses is not found, and never reaches the store. Nil means UUIDs.
	Parse func(text string) (id string, ok bool)
}

// Slug is the form of slugs. A nil or zero Slug means that the service draws three groups of 3, 4
// and 3 letters, and reads in either case what has at most [MaxLength] letters, digits,
// hyphens and underscores.
type Slug struct {
	// New returns a slug that was most likely never given to a room. One that was, Insert of
	// the store refuses, and New is called again. Nil means ten random letters.
	New func(ctx context.Context) (string, error)
	// Parse is as that of [ID]. Nil means the form above, in lower case.
	Parse func(text string) (slug string, ok bool)
}

// Read returns the id that a text names in its one form, and whether it can name one.
func (f *ID) Read(text string) (id string, ok bool) {
	if f == nil || f.Parse == nil {
		return code.ParseID(text)
	}
	return read(text, f.Parse)
}

// Read returns the slug that a text names in its one form, and whether it can name one.
func (f *Slug) Read(text string) (slug string, ok bool) {
	if f == nil || f.Parse == nil {
		return code.ParseSlug(text)
	}
	return read(text, f.Parse)
}

// Draw returns the id of a new room: that of New or, without it, the other one. It returns an
// error if the id is not in the form that Read returns.
func (f *ID) Draw(ctx context.Context, other func() string) (string, error) {
	if f == nil || f.New == nil {
		return checked(other(), f.Read, "ID")
	}
	id, err := f.New(ctx)
	if err != nil {
		return "", fmt.Errorf("rooms: making an id: %w", err)
	}
	return checked(id, f.Read, "ID")
}

// Draw returns a new slug, as Draw of [ID] does.
func (f *Slug) Draw(ctx context.Context, other func() string) (string, error) {
	if f == nil || f.New == nil {
		return checked(other(), f.Read, "Slug")
	}
	slug, err := f.New(ctx)
	if err != nil {
		return "", fmt.Errorf("rooms: making a slug: %w", err)
	}
	return checked(slug, f.Read, "Slug")
}

// Number reads the ids of tables that count their rows: whole numbers from 1 to 2^63-1 in
// decimal digits, without a sign and without zeros in front.
func Number(text string) (id string, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return text, err == nil && n > 0 && strconv.FormatInt(n, 10) == text
}

// Exact reads texts that are compared as they are, letter case included.
func Exact(text string) (name string, ok bool) { return text, true }

// Complete reports whether the service can make ids of the form: by New, or because Parse takes
// the UUIDs that it makes without that.
func (f *ID) Complete() bool {
	const made = "01936c1e-7d2a-7a53-9d2f-3b4c5d6e7f80"
	id, ok := f.Read(made)
	return ok && id == made || f.New != nil
}

// Complete reports whether the service can make slugs of the form, as Complete of [ID] does.
func (f *Slug) Complete() bool {
	const made = "aae-erez-aaz"
	slug, ok := f.Read(made)
	return ok && slug == made || f.New != nil
}

// read returns what parse returns, if that is bounded.
func read(text string, parse func(string) (string, bool)) (string, bool) {
	if text == "" || len(text) > 2*MaxLength { // of which no host has to know
		return "", false
	}
	name, ok := parse(text)
	if !ok || !safe(name) {
		return "", false
	}
	return name, true
}

// checked returns a new name, or an error if it cannot be read again.
func checked(name string, read func(string) (string, bool), kind string) (string, error) {
	if again, ok := read(name); !ok || again != name {
		return "", fmt.Errorf("rooms: form.%s.Parse does not return the new name %.100q as it is", kind, name)
	}
	return name, nil
}

// unreserved are the characters that have no meaning of their own in a URL (RFC 3986 §2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// safe reports whether a name can stand in a URL as a segment of the path.
func safe(name string) bool {
	return name != "" && len(name) <= MaxLength && strings.Trim(name, unreserved) == "" && name != "." && name != ".."
}
