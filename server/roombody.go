package server

import (
	"fmt"
	"net/url"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

func newFields(body wire.Body) (*fields, error) {
	object, err := body.Object()
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

// readChange reads the writable fields of a room. Null asks for the default of a
// field.
func readChange(body wire.Body) (rooms.Change, error) {
	f, err := newFields(body)
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
		Merge:         body.Media == wire.MediaMergePatch,
	}
	return change, invalid(f.problems)
}

// readLink reads the join link of a room.
func readLink(body wire.Body) (*url.URL, error) {
	f, err := newFields(body)
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

func readInvitee(body wire.Body) (rooms.Invitee, error) {
	f, err := newFields(body)
	if err != nil {
		return rooms.Invitee{}, err
	}
	invitee := f.invitee()
	return invitee, invalid(f.problems)
}

// readInvitees reads a whole set.
func readInvitees(body wire.Body) ([]rooms.Invitee, error) {
	f, err := newFields(body)
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

// readRole reads the role to give to an attendee.
func readRole(body wire.Body) (rooms.Role, error) {
	f, err := newFields(body)
	if err != nil {
		return "", err
	}
	f.known("role", "id", "email", "created_at")
	f.filled("role")
	role := rooms.Role(require[string](f, "role"))
	return role, invalid(f.problems)
}
