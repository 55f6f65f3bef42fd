package rooms

import (
	"math"
	"time"

	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// apply returns the room with the caller's change made to what the caller is shown of it, or
// an [*InvalidError] with every fault of the change. If the room is not known, only the rules
// count that need no look at it.
func (s *Service) apply(caller Caller, old Room, change Change, known bool) (Room, error) {
	faults, room := change.faults.clone(), caller.shown(old)
	if change.Name != nil {
		room.Name = checkName(&faults, *change.Name, room.Slug)
	}
	if change.AccessLevel != nil {
		room.AccessLevel = s.checkLevel(&faults, *change.AccessLevel, room.AccessLevel, known)
	}
	if change.ExternalID != nil {
		room.ExternalID = checkExternalID(&faults, *change.ExternalID)
	}
	if change.ExpiresAt != nil {
		room.ExpiresAt = s.checkExpiry(&faults, *change.ExpiresAt, room.ExpiresAt, known)
	}
	merge := change.Merge && !change.reset.metadata
	if object, ok := patched(decoded(room.Metadata), change.Metadata, merge, known); ok {
		room.Metadata = checkMetadata(&faults, object)
	}
	merge = change.Merge && !change.reset.configuration
	if object, ok := patched(room.Configuration, change.Configuration, merge, known); ok {
		room.Configuration = s.checkConfiguration(&faults, object)
	}
	if known && !caller.created(old) {
		room = keepOwn(&faults, old, room)
	}
	if err := faults.Err(); err != nil {
		return Room{}, err
	}
	return room, nil
}

// keepOwn returns a room that another source than its creator changed, with what is the
// creator's own as it was. It refuses values for that: the caller was shown none.
func keepOwn(faults *Faults, old, room Room) Room {
	const message = "This field belongs to the application that created the room."
	if room.ExternalID != "" {
		faults.Add("external_id", CodeNotCreator, message)
	}
	if len(room.Metadata) > 0 {
		faults.Add("metadata", CodeNotCreator, message)
	}
	room.ExternalID, room.Metadata = old.ExternalID, old.Metadata
	return room
}

func checkName(faults *Faults, name, slug string) string {
	switch {
	case name == "":
		return slug
	case !text.Printable(name, math.MaxInt):
		faults.Add("name", CodeInvalidCharacters, "A name is UTF-8 without control characters.")
	case !text.Printable(name, 500):
		faults.Add("name", CodeTooLong, "A name has at most 500 characters.")
	case !text.Visible(name):
		faults.Add("name", CodeBlank, "A name has at least one visible character.")
	}
	return name
}

// checkLevel refuses public rooms unless they are allowed. A room that is public already
// may stay so.
func (s *Service) checkLevel(faults *Faults, level, present AccessLevel, known bool) AccessLevel {
	switch {
	case level == "":
		return s.config.DefaultAccessLevel
	case !level.Valid():
		faults.Add("access_level", CodeInvalidChoice, "Access levels are public, trusted and restricted.")
	case level == Public && !s.config.AllowPublic && known && present != Public:
		faults.Add("access_level", CodePublicDisabled, "Public rooms are disabled for the external API.")
	}
	return level
}

// checkExpiry wants a time in the future. The present one may stay when it is past.
func (s *Service) checkExpiry(faults *Faults, at, present time.Time, known bool) time.Time {
	at = kept(at)
	switch {
	case at.IsZero() || at.Equal(present) || !checkYear(faults, "expires_at", at):
	case known && !at.After(s.now()):
		faults.Add("expires_at", CodeNotInFuture, "A room expires in the future.")
	}
	return at
}

// checkYear refuses times that databases write in a way of their own.
func checkYear(faults *Faults, field string, t time.Time) bool {
	if year := t.UTC().Year(); year >= 1 && year <= 9999 {
		return true
	}
	faults.Add(field, CodeInvalidTime, "A time is between the years 1 and 9999 in UTC.")
	return false
}

func checkExternalID(faults *Faults, id string) string {
	switch {
	case !text.Printable(id, math.MaxInt):
		faults.Add("external_id", CodeInvalidCharacters, "An external id is UTF-8 without control characters.")
	case !text.Printable(id, 255):
		faults.Add("external_id", CodeTooLong, "An external id has at most 255 characters.")
	}
	return id
}
