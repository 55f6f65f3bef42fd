package rooms

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// Fault is one thing that is wrong with an input.
type Fault struct {
	// Field is the path of the field, such as configuration.everyone_can_mute: printable
	// ASCII, at most 128 bytes.
	Field string `json:"field"`
	// Code is one of the codes below, for programs; its meaning never changes.
	Code string `json:"code"`
	// Message is for people. It repeats nothing of the value.
	Message string `json:"message"`

	logged string // what of Field may stand in a log: no key that a caller invented
}

// The codes of faults.
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
	CodeNotCreator        = "not_creator"
)

// The bounds of what is kept and logged of an input's faults.
const (
	maxFaults    = 20
	maxLogged    = 8
	maxFieldName = 128
)

// InvalidError reports what is wrong with an input: every fault of it, as far as they are
// listed.
type InvalidError struct {
	// Faults are ordered by field, at most 20.
	Faults []Fault
	// More is how many faults there are beside those.
	More int
}

// Error returns a text for logs of bounded length. It contains neither values nor keys that
// a caller invented.
func (e *InvalidError) Error() string {
	var texts []string
	for _, f := range e.Faults {
		if text := strings.TrimPrefix(f.logged+" "+f.Code, " "); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	text := strings.Join(texts[:min(len(texts), maxLogged)], ", ")
	return fmt.Sprintf("rooms: invalid input, faults: %d (%s)", len(e.Faults)+e.More, text)
}

// Faults collects what is wrong with an input. It keeps the first 20 in the order of their
// fields and counts the others. The zero Faults is empty.
type Faults struct {
	kept []Fault
	more int
}

// Add adds a fault of a field of ours. Numbers in its path order as numbers.
func (f *Faults) Add(field, code, message string) { f.add(field, field, code, message) }

// AddKey adds a fault of a key that the caller chose, below a field of ours or, with an
// empty parent, at the top. Logs show the parent only.
func (f *Faults) AddKey(parent, key, code, message string) {
	field := key
	if parent != "" {
		field = parent + "." + key
	}
	f.add(field, parent, code, message)
}

func (f *Faults) add(field, logged, code, message string) {
	fault := Fault{Field: shownField(field), Code: code, Message: message, logged: shownField(logged)}
	at, there := slices.BinarySearchFunc(f.kept, fault, compareFaults)
	for there && at < len(f.kept) && compareFaults(f.kept[at], fault) == 0 {
		at++
	}
	f.kept = slices.Insert(f.kept, at, fault)
	if len(f.kept) > maxFaults {
		f.kept = f.kept[:maxFaults]
		f.more++
	}
}

// Err returns an [*InvalidError] with the faults, or nil if there are none.
func (f *Faults) Err() error {
	if len(f.kept) == 0 {
		return nil
	}
	return &InvalidError{Faults: slices.Clone(f.kept), More: f.more}
}

// clone returns a copy to which more can be added.
func (f *Faults) clone() Faults { return Faults{kept: slices.Clone(f.kept), more: f.more} }

// compareFaults orders faults by their fields, then by their codes.
func compareFaults(a, b Fault) int {
	return cmp.Or(text.CompareFields(a.Field, b.Field), strings.Compare(a.Code, b.Code))
}

// shownField returns the name of a field in printable ASCII, cut to 128 bytes.
func shownField(name string) string {
	shown := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name[:min(len(name), 4*maxFieldName)]) // a letter has at most four bytes
	return shown[:min(len(shown), maxFieldName)]
}
