// Package view shows rooms and their attendees as callers of the API see them.
package view

import (
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/invite"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Room is a room as callers see it.
type Room struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Slug          string            `json:"slug"`
	AccessLevel   rooms.AccessLevel `json:"access_level"`
	Configuration map[string]any    `json:"configuration"`
	URL           string            `json:"url"`
	Telephony     *Telephony        `json:"telephony,omitempty"`
	ExternalID    *string           `json:"external_id"`
	Metadata      map[string]string `json:"metadata"`
	Source        source            `json:"source"`
	CreatedAt     string            `json:"created_at"`
	UpdatedAt     string            `json:"updated_at"`
	ExpiresAt     *string           `json:"expires_at"`
}

// Telephony is how to dial into a room.
type Telephony struct {
	Enabled        bool   `json:"enabled"`
	PhoneNumber    string `json:"phone_number"`
	PINCode        string `json:"pin_code"`
	DefaultCountry string `json:"default_country"`
}

type source struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Phone is the telephone number of all rooms. The zero value means that they have none.
type Phone struct {
	Number  string // in E.164 form
	Country string // ISO 3166-1 alpha-2
	// Language is that of the voice (BCP 47), and SIP the URI of a gateway. Either may be empty.
	Language, SIP string
}

// Viewer shows rooms as callers see them.
type Viewer struct {
	// Links are the join links.
	Links places.JoinLinks
	// Space returns a room as a space of Google Meet. Nil means that no caller can ask for that.
	Space func(rooms.Room) any
	phone Phone
	// epoch stands for everything of the configuration that shows in a room, and for the fields that this release shows.
	// Rooms look different after they changed, whatever their version.
	epoch string
}

// New returns a viewer.
func New(links places.JoinLinks, phone Phone) Viewer {
	sum := sha256.Sum256(wire.Encode([]any{links, phone, Room{}}))
	return Viewer{Links: links, phone: phone, epoch: hex.EncodeToString(sum[:4])}
}

// Room returns a room as callers see it.
func (v Viewer) Room(room rooms.Room) Room {
	body := Room{
		ID: room.ID, Name: room.Name, Slug: room.Slug, AccessLevel: room.AccessLevel,
		Configuration: room.Configuration, Metadata: room.Metadata, URL: v.link(room),
		Source: source(room.Source), Telephony: v.Telephony(room),
		CreatedAt: timeText(room.CreatedAt), UpdatedAt: timeText(room.UpdatedAt),
	}
	if body.Configuration == nil {
		body.Configuration = map[string]any{}
	}
	if body.Metadata == nil {
		body.Metadata = map[string]string{}
	}
	if room.ExternalID != "" {
		body.ExternalID = &room.ExternalID
	}
	if !room.ExpiresAt.IsZero() {
		expires := timeText(room.ExpiresAt)
		body.ExpiresAt = &expires
	}
	return body
}

// link returns the join link of a room.
func (v Viewer) link(room rooms.Room) string {
	return v.Links.To(places.Named{Slug: room.Slug, ID: room.ID})
}

// Telephony returns how to dial in, or nil if that is off.
func (v Viewer) Telephony(room rooms.Room) *Telephony {
	if v.phone.Number == "" || room.PIN == "" {
		return nil
	}
	return &Telephony{
		Enabled: true, PhoneNumber: v.phone.Number, PINCode: room.PIN, DefaultCountry: v.phone.Country}
}

// Phone returns the telephone number of all rooms.
func (v Viewer) Phone() Phone { return v.phone }

// Guest returns what an invitation to a room tells of it.
func (v Viewer) Guest(room rooms.Room) invite.Room {
	guest := invite.Room{ID: room.ID, Slug: room.Slug, Name: room.Name, URL: v.link(room),
		Version: room.Version, Updated: room.UpdatedAt,
		Waits: room.AccessLevel != rooms.Public, Expires: room.ExpiresAt}
	if t := v.Telephony(room); t != nil {
		guest.Phone = invite.Phone{Number: t.PhoneNumber, Country: t.DefaultCountry, PIN: t.PINCode}
	}
	return guest
}

// Tag returns the entity tag of a version of a room (RFC 9110 §8.8.3), a strong one: the version and the configuration
// decide what is sent.
func (v Viewer) Tag(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + "-" + v.epoch + `"`
}

// Condition returns what the request demands of a room. Nil means nothing.
func (v Viewer) Condition(r *http.Request) func(rooms.Room) bool {
	if !wire.Conditional(r) {
		return nil
	}
	return func(room rooms.Room) bool { return wire.Met(r, v.Tag(room.Version)) }
}

// wantsProfile reports whether a request accepts nothing but rooms as spaces of Google Meet.
func wantsProfile(r *http.Request) bool {
	media, parameters, err := mime.ParseMediaType(strings.Join(r.Header.Values("Accept"), ","))
	return err == nil && media == wire.MediaJSON && parameters["profile"] == "space"
}

// Current returns a room to a caller who reads it, or that the caller has it already, in the view that the parameter
// view or the profile of an Accept field asks for. It returns [rooms.ErrVersion] if the request demands another
// version, and an [*rooms.InvalidError] for an unknown view.
func (v Viewer) Current(r *http.Request, room rooms.Room) (wire.Reply, error) {
	switch asked := r.URL.Query()["view"]; {
	case len(asked) == 0 && (v.Space == nil || !wantsProfile(r)):
		return current(r, v.Reply(room))
	case v.Space != nil && (len(asked) == 0 || len(asked) == 1 && asked[0] == "space"):
		shown := wire.Text(http.StatusOK, wire.MediaJSON+"; profile=space", wire.Encode(v.Space(room)))
		return current(r, shown.With("ETag", v.Tag(room.Version)))
	}
	var faults rooms.Faults
	faults.Add("view", rooms.CodeInvalidChoice, "The view is space, or left out.")
	return wire.Reply{}, faults.Err()
}

// Reply returns a room.
func (v Viewer) Reply(room rooms.Room) wire.Reply {
	const usual = 1 << 10 // bytes of a room
	body := append(v.Room(room).append(make([]byte, 0, usual)), '\n')
	return wire.Text(http.StatusOK, wire.MediaJSON, body).With("ETag", v.Tag(room.Version))
}

// current returns an answer with an entity tag as far as the conditions of the request allow.
func current(r *http.Request, reply wire.Reply) (wire.Reply, error) {
	tag := reply.Header["ETag"]
	switch {
	case !wire.Met(r, tag):
		return wire.Reply{}, rooms.ErrVersion
	case !wire.NoneMatch(r, tag):
		return wire.Empty(http.StatusNotModified).With("ETag", tag), nil
	}
	return reply, nil
}

// List is the envelope of lists.
type List[T any] struct {
	Count int `json:"count"`
	// AtLeast reports that Count is a lower bound.
	AtLeast  bool    `json:"count_is_lower_bound,omitempty"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  []T     `json:"results"`
}
