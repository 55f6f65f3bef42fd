package server

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
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

// roomViewer shows rooms as callers see them.
type roomViewer struct {
	roomURL   string
	telephony Telephony
	// epoch stands for everything of the configuration that shows in a room, and
	// for the fields that this release shows. Rooms look different after they
	// changed, whatever their version.
	epoch string
}

func newRoomViewer(config Config) roomViewer {
	sum := sha256.Sum256(wire.Encode([]any{config.RoomURL, config.Telephony, roomBody{}}))
	return roomViewer{config.RoomURL, config.Telephony, hex.EncodeToString(sum[:4])}
}

func (v roomViewer) view(room rooms.Room) roomBody {
	body := roomBody{
		ID: room.ID, Name: room.Name, Slug: room.Slug, AccessLevel: room.AccessLevel,
		Configuration: room.Configuration, Metadata: room.Metadata, URL: v.join(room),
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

// join returns the link by which people enter a room.
func (v roomViewer) join(room rooms.Room) string { return v.roomURL + "/" + room.Slug }

// telephone returns how to dial in, or nil if that is off.
func (v roomViewer) telephone(room rooms.Room) *telephonyBody {
	if v.telephony.Number == "" || room.PIN == "" {
		return nil
	}
	return &telephonyBody{
		Enabled: true, PhoneNumber: v.telephony.Number, PINCode: room.PIN, DefaultCountry: v.telephony.Country}
}

// tag returns the entity tag of a version of a room (RFC 9110 §8.8.3), a strong
// one: the version and the configuration decide what is sent to an application.
func (v roomViewer) tag(version int64) string {
	return `"` + strconv.FormatInt(version, 10) + "-" + v.epoch + `"`
}

// condition returns what If-Match demands of a room. Nil means nothing.
func (v roomViewer) condition(c *call) func(rooms.Room) bool {
	tags, depends := wire.Matching(c.request)
	if !depends {
		return nil
	}
	return func(room rooms.Room) bool { return slices.Contains(tags, v.tag(room.Version)) }
}
