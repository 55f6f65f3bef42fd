package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

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
	Metadata      rooms.Metadata      `json:"metadata"`
	Source        sourceView          `json:"source"`
	CreatedAt     string              `json:"created_at"`
	UpdatedAt     string              `json:"updated_at"`
	ExpiresAt     *string             `json:"expires_at"`
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

func (s *Server) view(room rooms.Room) roomView {
	v := roomView{
		ID: room.ID, Name: room.Name, Slug: room.Slug, AccessLevel: room.AccessLevel,
		Configuration: room.Configuration, Metadata: room.Metadata, URL: s.config.RoomURL + "/" + room.Slug,
		Source:    sourceView(room.Source),
		CreatedAt: timeText(room.CreatedAt), UpdatedAt: timeText(room.UpdatedAt),
	}
	if v.Configuration == nil {
		v.Configuration = rooms.Configuration{}
	}
	if v.Metadata == nil {
		v.Metadata = rooms.Metadata{}
	}
	if room.ExternalID != "" {
		v.ExternalID = &room.ExternalID
	}
	if !room.ExpiresAt.IsZero() {
		expires := timeText(room.ExpiresAt)
		v.ExpiresAt = &expires
	}
	if t := s.config.Telephony; t.Number != "" && room.PIN != "" {
		v.Telephony = &telephonyView{Enabled: true, PhoneNumber: t.Number, PINCode: room.PIN, DefaultCountry: t.Country}
	}
	return v
}

func timeText(t time.Time) string { return t.UTC().Format(timeLayout) }

// content is the body of a request.
type content struct {
	text  []byte
	media string
}

func readContent(w http.ResponseWriter, r *http.Request, media ...string) (content, error) {
	text, kind, err := readBody(w, r, maxRoomBody, media...)
	return content{text, kind}, err
}

// readPatch reads the body of a PATCH, which may be written in two ways.
func readPatch(w http.ResponseWriter, r *http.Request) (content, error) {
	body, err := readContent(w, r, mediaJSON, mediaMergePatch)
	if errors.Is(err, errMediaType) {
		w.Header().Set("Accept-Patch", mediaJSON+", "+mediaMergePatch) // RFC 5789 §2.2
	}
	return body, err
}

// fields reads one JSON object; an empty body is an empty one.
func (c content) fields() (*fields, error) {
	if len(c.text) == 0 {
		return &fields{}, nil
	}
	object, err := parseObject(c.text)
	return &fields{object: object}, err
}

// fields binds the members of an object by name, each explicitly, and collects
// what is wrong with them. Fields that only the server sets are ignored: callers
// send back what they read (AIP-203).
type fields struct {
	object   map[string]any
	prefix   string
	problems []rooms.FieldError
}

func (f *fields) refuse(name, code, message string) {
	f.problems = append(f.problems, rooms.FieldError{Field: f.prefix + name, Code: code, Message: message})
}

// known refuses every member that is not one of the names.
func (f *fields) known(names ...string) {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	for name := range f.object {
		if !set[name] {
			f.refuse(rooms.FieldName(name), rooms.CodeUnknownField, "This field is not known.")
		}
	}
}

// bind returns a member, or the zero value for null; nil if it is not there or
// has another type.
func bind[T any](f *fields, name string) *T {
	value, there := f.object[name]
	switch typed, fits := value.(T); {
	case !there:
		return nil
	case fits || value == nil:
		return &typed
	}
	f.refuse(name, rooms.CodeInvalidType, "This value has the wrong type.")
	return nil
}

// require is bind for a member that has to be there.
func require[T any](f *fields, name string) (value T) {
	if f.object[name] == nil {
		f.refuse(name, rooms.CodeRequired, "This field is required.")
		return value
	}
	if bound := bind[T](f, name); bound != nil {
		value = *bound
	}
	return value
}

// filled refuses an empty text for what is one of several: null asks for the
// default.
func (f *fields) filled(name string) {
	if f.object[name] == "" {
		f.refuse(name, rooms.CodeBlank, "This value is empty.")
	}
}

// time binds a point in time.
func (f *fields) time(name string) *time.Time {
	text := bind[string](f, name)
	if text == nil || f.object[name] == nil {
		return convert(text, func(string) time.Time { return time.Time{} })
	}
	t := parseTime(name, *text, f.refuse)
	return &t
}

// convert applies a conversion to what is there.
func convert[T, U any](value *T, to func(T) U) *U {
	if value == nil {
		return nil
	}
	converted := to(*value)
	return &converted
}

// change reads the writable fields of a room. Null asks for the default of a
// field.
func (c content) change() (rooms.Change, error) {
	f, err := c.fields()
	if err != nil {
		return rooms.Change{}, err
	}
	f.known("name", "access_level", "configuration", "external_id", "metadata", "expires_at",
		"id", "slug", "url", "telephony", "source", "created_at", "updated_at")
	f.filled("access_level")
	change := rooms.Change{
		Name: bind[string](f, "name"), ExternalID: bind[string](f, "external_id"), ExpiresAt: f.time("expires_at"),
		AccessLevel:   convert(bind[string](f, "access_level"), func(text string) rooms.AccessLevel { return rooms.AccessLevel(text) }),
		Configuration: convert(bind[map[string]any](f, "configuration"), func(object map[string]any) rooms.Configuration { return object }),
		Metadata:      bind[map[string]any](f, "metadata"),
		Merge:         c.media == mediaMergePatch,
	}
	return change, invalid(f.problems)
}

// link reads the join link of a room.
func (c content) link() (*url.URL, error) {
	f, err := c.fields()
	if err != nil {
		return nil, err
	}
	f.known("url")
	link, err := url.Parse(require[string](f, "url"))
	if f.problems == nil && (err != nil || link.Host == "") {
		f.refuse("url", rooms.CodeInvalidURL, "A link such as https://meet.example.org/aae-erez-aaz is expected.")
	}
	return link, invalid(f.problems)
}

// invitee reads whom to invite.
func (f *fields) invitee() rooms.Invitee {
	f.known("email", "role", "id", "created_at")
	f.filled("role")
	invitee := rooms.Invitee{Address: require[string](f, "email")}
	if role := bind[string](f, "role"); role != nil {
		invitee.Role = rooms.Role(*role)
	}
	return invitee
}

func (c content) invitee() (rooms.Invitee, error) {
	f, err := c.fields()
	if err != nil {
		return rooms.Invitee{}, err
	}
	invitee := f.invitee()
	return invitee, invalid(f.problems)
}

// invitees reads a whole set.
func (c content) invitees() ([]rooms.Invitee, error) {
	f, err := c.fields()
	if err != nil {
		return nil, err
	}
	f.known("attendees")
	list := require[[]any](f, "attendees")
	invitees := make([]rooms.Invitee, 0, len(list))
	for i, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			f.refuse(fmt.Sprintf("attendees.%d", i), rooms.CodeInvalidType, "This value has the wrong type.")
			continue
		}
		one := &fields{object: object, prefix: fmt.Sprintf("attendees.%d.", i)}
		invitees = append(invitees, one.invitee())
		f.problems = append(f.problems, one.problems...)
	}
	return invitees, invalid(f.problems)
}

// role reads the role to give to an attendee.
func (c content) role() (rooms.Role, error) {
	f, err := c.fields()
	if err != nil {
		return "", err
	}
	f.known("role", "id", "email", "created_at")
	f.filled("role")
	role := rooms.Role(require[string](f, "role"))
	return role, invalid(f.problems)
}
