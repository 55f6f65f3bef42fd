package view

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/invite"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// timeLayout is RFC 3339 in UTC with microseconds, always six digits.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func timeText(t time.Time) string { return t.UTC().Format(timeLayout) }

// roomBody is a room as callers see it.
type roomBody struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Slug          string            `json:"slug"`
	AccessLevel   rooms.AccessLevel `json:"access_level"`
	Configuration map[string]any    `json:"configuration"`
	URL           string            `json:"url"`
	Telephony     *telephonyBody    `json:"telephony,omitempty"`
	ExternalID    *string           `json:"external_id"`
	Metadata      map[string]string `json:"metadata"`
	Source        sourceBody        `json:"source"`
	CreatedAt     string            `json:"created_at"`
	UpdatedAt     string            `json:"updated_at"`
	ExpiresAt     *string           `json:"expires_at"`
}

type telephonyBody struct {
	Enabled        bool   `json:"enabled"`
	PhoneNumber    string `json:"phone_number"`
	PINCode        string `json:"pin_code"`
	DefaultCountry string `json:"default_country"`
}

type sourceBody struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Telephony is how rooms are reached by telephone. Without a number they are not.
type Telephony struct {
	Number    string
	Country   string
	PINLength int
}

// Rooms shows rooms.
type Rooms struct {
	roomURL   string
	telephony Telephony
	// epoch stands for everything of the configuration that shows in a room, and
	// for the fields that this release shows. Rooms look different after they
	// changed, whatever their version.
	epoch string
}

// NewRooms returns how rooms are shown with the base of their join links.
func NewRooms(roomURL string, telephony Telephony) Rooms {
	sum := sha256.Sum256(wire.Encode([]any{roomURL, telephony, roomBody{}}))
	return Rooms{roomURL, telephony, hex.EncodeToString(sum[:4])}
}

// Reply returns the answer that shows a room.
func (v Rooms) Reply(room rooms.Room) wire.Reply {
	return wire.JSON(http.StatusOK, v.body(room)).With("ETag", v.Tag(room.Version))
}

func (v Rooms) body(room rooms.Room) roomBody {
	body := roomBody{
		ID: room.ID, Name: room.Name, Slug: room.Slug, AccessLevel: room.AccessLevel,
		Configuration: room.Configuration, Metadata: room.Metadata, URL: v.Join(room),
		Source: sourceBody(room.Source), Telephony: v.telephone(room),
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

// Join returns the link by which people enter a room.
func (v Rooms) Join(room rooms.Room) string { return v.roomURL + "/" + room.Slug }

// telephone returns how to dial in, or nil if that is off.
func (v Rooms) telephone(room rooms.Room) *telephonyBody {
	if v.telephony.Number == "" || room.PIN == "" {
		return nil
	}
	return &telephonyBody{
		Enabled: true, PhoneNumber: v.telephony.Number, PINCode: room.PIN, DefaultCountry: v.telephony.Country}
}

// Tag returns the entity tag of a version of a room (RFC 9110 §8.8.3), a strong
// one: the version and the configuration decide what is sent.
func (v Rooms) Tag(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + "-" + v.epoch + `"`
}

// Condition returns what If-Match demands of a room. Nil means nothing.
func (v Rooms) Condition(r *http.Request) func(rooms.Room) bool {
	tags, depends := wire.Matching(r)
	if !depends {
		return nil
	}
	return func(room rooms.Room) bool { return slices.Contains(tags, v.Tag(room.Version)) }
}

// Guest returns what an invitation to a room tells of it.
func (v Rooms) Guest(room rooms.Room) invite.Room {
	guest := invite.Room{ID: room.ID, Name: room.Name, URL: v.Join(room), Waits: room.AccessLevel != rooms.Public,
		Expires: room.ExpiresAt}
	if t := v.telephone(room); t != nil {
		guest.Phone = invite.Phone{Number: t.PhoneNumber, Country: t.DefaultCountry, PIN: t.PINCode}
	}
	return guest
}
