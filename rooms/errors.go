package rooms

import (
	"errors"
	"fmt"
	"strings"
)

// What a [Service] refuses.
var (
	// ErrNotFound says that there is no such room for this caller: absent,
	// deleted, not visible, or not an id. Callers learn no more.
	ErrNotFound = errors.New("rooms: not found")
	// ErrNoAttendee is the ErrNotFound that says that the caller sees the room,
	// but that there is no such attendee in it.
	ErrNoAttendee = fmt.Errorf("%w: no such attendee", ErrNotFound)
	// ErrForbidden says that the caller sees the room but has too low a role.
	ErrForbidden = errors.New("rooms: role too low")
	// ErrExternalIDTaken says that another live room of the source has the
	// external id.
	ErrExternalIDTaken = errors.New("rooms: external id taken")
	// ErrVersion says that the room is not of a version that the change was
	// meant for.
	ErrVersion = errors.New("rooms: changed since the caller read it")
	// ErrOwner says that the owner of a room stays the owner.
	ErrOwner = errors.New("rooms: the owner cannot be changed or removed")
	// ErrUnsupported says that the store cannot do this.
	ErrUnsupported = errors.New("rooms: the store does not support this")
)

// FieldError says what is wrong with one field of the input.
type FieldError struct {
	// Field is the path of the field, such as configuration.everyone_can_mute.
	Field string `json:"field"`
	// Code is a word for programs; its meaning never changes.
	Code string `json:"code"`
	// Message is for people. It repeats nothing of the value.
	Message string `json:"message"`
}

// The codes of field errors.
const (
	CodeUnknownField      = "unknown_field"
	CodeInvalidType       = "invalid_type"
	CodeInvalidChoice     = "invalid_choice"
	CodeInvalidCharacters = "invalid_characters"
	CodeInvalidNumber     = "invalid_number"
	CodeTooLong           = "too_long"
	CodeTooMany           = "too_many"
	CodeRequired          = "required"
	CodeInvalidTime       = "invalid_time"
	CodeInvalidAddress    = "invalid_address"
	CodeInvalidURL        = "invalid_url"
	CodeInvalidCursor     = "invalid_cursor"
	CodeNotInFuture       = "not_in_future"
	CodeBlank             = "blank"
	CodeDuplicate         = "duplicate"
	CodePublicDisabled    = "public_disabled"
)

// InvalidError says what is wrong with an input, all of it.
type InvalidError struct {
	Fields []FieldError
}

// Error names the fields that are known; what a caller invented stays out of
// logs.
func (e *InvalidError) Error() string {
	texts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		texts[i] = f.Field + ": " + f.Code
		if f.Code == CodeUnknownField {
			texts[i] = f.Code
		}
	}
	return "rooms: invalid input: " + strings.Join(texts, ", ")
}

// problems collects field errors.
type problems []FieldError

func (p *problems) add(field, code, message string) {
	*p = append(*p, FieldError{Field: field, Code: code, Message: message})
}

// take collects the field errors of an [*InvalidError], and returns any other
// error.
func (p *problems) take(err error) error {
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	*p = append(*p, invalid.Fields...)
	return nil
}

// err returns nil if there are none.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &InvalidError{Fields: p}
}

// FieldName makes a name that a caller sent fit to be shown to them: printable
// ASCII, at most 64 characters.
func FieldName(name string) string {
	shown := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
	return shown[:min(len(shown), 64)]
}
