package rooms

import (
	"math"
	"strings"
	"time"
)

// apply returns the room with the change made and every rule checked.
func (s *Service) apply(room Room, change Change) (Room, error) {
	var p problems
	if change.Name != nil {
		room.Name = checkName(&p, *change.Name, room.Slug)
	}
	if change.AccessLevel != nil {
		room.AccessLevel = s.checkLevel(&p, *change.AccessLevel, room.AccessLevel)
	}
	if change.ExternalID != nil {
		room.ExternalID = checkExternalID(&p, *change.ExternalID)
	}
	if change.Metadata != nil {
		room.Metadata = checkMetadata(&p, patched(room.Metadata.decoded(), *change.Metadata, change.Merge))
	}
	if change.ExpiresAt != nil {
		room.ExpiresAt = s.checkExpiry(&p, *change.ExpiresAt, room.ExpiresAt)
	}
	if change.Configuration != nil {
		wanted := patched(room.Configuration, *change.Configuration, change.Merge)
		configuration, err := checkConfiguration(wanted, s.config.Schema)
		if err := p.take(err); err != nil {
			return Room{}, err
		}
		room.Configuration = configuration
	}
	if err := p.err(); err != nil {
		return Room{}, err
	}
	return room, nil
}

func checkName(p *problems, name, slug string) string {
	switch {
	case name == "":
		return slug
	case !printable(name, math.MaxInt):
		p.add("name", CodeInvalidCharacters, "A name is UTF-8 without control characters.")
	case !printable(name, 500):
		p.add("name", CodeTooLong, "A name has at most 500 characters.")
	case strings.TrimSpace(name) == "":
		p.add("name", CodeBlank, "A name is more than white space.")
	}
	return name
}

// checkLevel refuses public rooms unless they are allowed. A room that is public
// already may stay so.
func (s *Service) checkLevel(p *problems, level, present AccessLevel) AccessLevel {
	switch {
	case level == "":
		return s.config.DefaultAccessLevel
	case !level.Valid():
		p.add("access_level", CodeInvalidChoice, "Access levels are public, trusted and restricted.")
	case level == Public && !s.config.AllowPublic && present != Public:
		p.add("access_level", CodePublicDisabled, "Public rooms are disabled for the external API.")
	}
	return level
}

// checkExpiry wants a time in the future. What is past already may stay.
func (s *Service) checkExpiry(p *problems, at, present time.Time) time.Time {
	at = at.UTC().Truncate(time.Microsecond)
	switch {
	case at.IsZero() || at.Equal(present) || !checkYear(p, "expires_at", at):
	case !at.After(s.now()):
		p.add("expires_at", CodeNotInFuture, "A room expires in the future.")
	}
	return at
}

// checkYear refuses times that databases write in a way of their own.
func checkYear(p *problems, field string, t time.Time) bool {
	year := t.UTC().Year()
	if year < 1 || year > 9999 {
		p.add(field, CodeInvalidTime, "A time is between the years 1 and 9999 in UTC.")
	}
	return year >= 1 && year <= 9999
}

func checkExternalID(p *problems, id string) string {
	switch {
	case !printable(id, math.MaxInt):
		p.add("external_id", CodeInvalidCharacters, "An external id is UTF-8 without control characters.")
	case !printable(id, 255):
		p.add("external_id", CodeTooLong, "An external id has at most 255 characters.")
	}
	return id
}
