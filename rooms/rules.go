package rooms

import (
	"errors"
	"math"
	"strings"
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
	if change.Configuration != nil {
		configuration, err := checkConfiguration(*change.Configuration, s.config.Schema)
		var invalid *InvalidError
		if errors.As(err, &invalid) {
			p = append(p, invalid.Fields...)
		} else if err != nil {
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

func checkExternalID(p *problems, id string) string {
	switch {
	case !printable(id, math.MaxInt):
		p.add("external_id", CodeInvalidCharacters, "An external id is UTF-8 without control characters.")
	case !printable(id, 255):
		p.add("external_id", CodeTooLong, "An external id has at most 255 characters.")
	}
	return id
}
