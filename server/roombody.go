package server

import (
	"net/http"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
)

// timeLayout is RFC 3339 in UTC with microseconds, always six digits.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// roomView is a room as callers see it.
type roomView struct {
	ID            string              `json:"id"`
	Name          string              `json:"name"`
	Slug          string              `json:"slug"`
	AccessLevel   rooms.AccessLevel   `json:"access_level"`
	Configuration rooms.Configuration `json:"configuration"`
	URL           string              `json:"url"`
	Telephony     *telephonyView      `json:"telephony,omitempty"`
	ExternalID    *string             `json:"external_id"`
	Source        sourceView          `json:"source"`
	CreatedAt     string              `json:"created_at"`
	UpdatedAt     string              `json:"updated_at"`
}

type telephonyView struct {
	Enabled        bool   `json:"enabled"`
	PhoneNumber    string `json:"phone_number"`
	PINCode        string `json:"pin_code"`
	DefaultCountry string `json:"default_country"`
}

type sourceView struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// readOnly reports whether a field of a room is one that callers send back as
// they read it. It is ignored (AIP-203); the server alone sets it.
func readOnly(name string) bool {
	switch name {
	case "id", "slug", "url", "telephony", "source", "created_at", "updated_at":
		return true
	}
	return false
}

func (s *Server) view(room rooms.Room) roomView {
	v := roomView{
		ID: room.ID, Name: room.Name, Slug: room.Slug, AccessLevel: room.AccessLevel,
		Configuration: room.Configuration, URL: s.config.RoomURL + "/" + room.Slug,
		Source:    sourceView{Kind: room.Source.Kind, ID: room.Source.ID, Name: room.Source.Name},
		CreatedAt: room.CreatedAt.UTC().Format(timeLayout), UpdatedAt: room.UpdatedAt.UTC().Format(timeLayout),
	}
	if v.Configuration == nil {
		v.Configuration = rooms.Configuration{}
	}
	if room.ExternalID != "" {
		v.ExternalID = &room.ExternalID
	}
	if t := s.config.Telephony; t.Number != "" && room.PIN != "" {
		v.Telephony = &telephonyView{Enabled: true, PhoneNumber: t.Number, PINCode: room.PIN, DefaultCountry: t.Country}
	}
	return v
}

// readChange reads the writable fields of a room. Null asks for the default of
// a field. An empty body changes nothing.
func readChange(w http.ResponseWriter, r *http.Request) (rooms.Change, error) {
	body, _, err := readBody(w, r, maxRoomBody, mediaJSON)
	if err != nil || len(body) == 0 {
		return rooms.Change{}, err
	}
	object, err := parseObject(body)
	if err != nil {
		return rooms.Change{}, err
	}
	return bindChange(object)
}

// bindChange binds the writable fields by name, each explicitly; unknown ones
// are refused by name.
func bindChange(object map[string]any) (rooms.Change, error) {
	var change rooms.Change
	var problems []rooms.FieldError
	for name, value := range object {
		fits, known := true, true
		switch name {
		case "name":
			change.Name, fits = bind[string](value)
		case "access_level":
			var level *string
			level, fits = bind[string](value)
			change.AccessLevel = (*rooms.AccessLevel)(level)
		case "configuration":
			var configuration *map[string]any
			configuration, fits = bind[map[string]any](value)
			change.Configuration = (*rooms.Configuration)(configuration)
		case "external_id":
			change.ExternalID, fits = bind[string](value)
		default:
			known = readOnly(name)
		}
		if !known {
			problems = append(problems, rooms.FieldError{Field: rooms.FieldName(name), Code: rooms.CodeUnknownField, Message: "This field is not known."})
		} else if !fits {
			problems = append(problems, rooms.FieldError{Field: name, Code: rooms.CodeInvalidType, Message: "This value has the wrong type."})
		}
	}
	if problems != nil {
		slices.SortFunc(problems, func(a, b rooms.FieldError) int { return strings.Compare(a.Field, b.Field) })
		return rooms.Change{}, &rooms.InvalidError{Fields: problems}
	}
	return change, nil
}

// bind returns the value, or the zero value for null, and whether it has the
// type.
func bind[T any](value any) (*T, bool) {
	if value == nil {
		return new(T), true
	}
	typed, ok := value.(T)
	return &typed, ok
}

// draft makes a change of nothing into a new room.
func draft(change rooms.Change) rooms.Draft {
	var d rooms.Draft
	if change.Name != nil {
		d.Name = *change.Name
	}
	if change.AccessLevel != nil {
		d.AccessLevel = *change.AccessLevel
	}
	if change.Configuration != nil {
		d.Configuration = *change.Configuration
	}
	if change.ExternalID != nil {
		d.ExternalID = *change.ExternalID
	}
	return d
}
