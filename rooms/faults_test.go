package rooms_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
)

// invalid is the error of faults.
func invalid(t testing.TB, f *rooms.Faults) *rooms.InvalidError {
	t.Helper()
	var err *rooms.InvalidError
	is.New(t).True(errors.As(f.Err(), &err))
	return err
}

func TestFaultsAreOrdered(t *testing.T) {
	is := is.New(t)
	var f rooms.Faults
	is.NoErr(f.Err()) // no fault, no error
	for _, field := range strings.Fields("name attendees.10.email attendees.2.role attendees.2.email metadata attendees " +
		"metadata.b metadata.a attendees.x") {
		f.Add(field, "a_code", "A message.")
	}
	f.Add("name", "another", "A message.")
	want := []string{"attendees a_code", "attendees.2.email a_code", "attendees.2.role a_code",
		"attendees.10.email a_code", "attendees.x a_code", "metadata a_code", "metadata.a a_code", "metadata.b a_code",
		"name a_code", "name another"}
	is.Equal(faults(f.Err()), want) // by field, then by code
	first := f.Err()
	f.Add("a", "a_code", "A message.")
	is.Equal(len(faults(first)), 10) // an error stays as it was
	is.Equal(faults(f.Err())[0], "a a_code")
}

func TestFaultsAreBounded(t *testing.T) {
	is := is.New(t)
	var f rooms.Faults
	const many = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range many {
		f.AddKey("metadata", fmt.Sprint(many-i), rooms.CodeInvalidType, "A text is expected.")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	err := invalid(t, &f)
	is.Equal(len(err.Faults), 20)                                   // at most 20 are listed
	is.Equal(err.More, many-20)                                     // and the others are counted
	is.Equal(err.Faults[0].Field, "metadata.1")                     // the first by their fields,
	is.Equal(err.Faults[19].Field, "metadata.20")                   // whenever they were found
	is.True(int64(after.HeapAlloc)-int64(before.HeapAlloc) < 1<<20) // the others are not kept
	is.True(len(err.Error()) < 1024)
}

func TestNamesOfFields(t *testing.T) {
	tests := map[string]struct{ key, want string }{
		"printable":     {"a key~", "a key~"},
		"lines":         {"a\r\nb", "a??b"},
		"ANSI":          {"\x1b[31m", "?[31m"},
		"other letters": {"é☎", "??"},
		"invalid UTF-8": {"\xff\xfe", "??"},
		"NUL and DEL":   {"\x00\x7f", "??"},
		"long":          {strings.Repeat("é", 1000), strings.Repeat("?", 128)},
		"empty":         {"", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var f rooms.Faults
			f.AddKey("", test.key, rooms.CodeUnknownField, "This field is not known.")
			is.Equal(invalid(t, &f).Faults[0].Field, test.want) // printable ASCII of bounded length
		})
	}
}

// TestErrorsForLogs: a log gets neither values nor keys that a caller invented.
func TestErrorsForLogs(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room := staffed(t, s, rooms.Change{})
	const secret = "sesame"
	deep := map[string]any{secret: map[string]any{secret: secret}}
	change := rooms.ParseChange(map[string]any{"name": secret + "\x00", "metadata": deep, "configuration": deep,
		secret: secret, "expires_at": secret})
	_, err := s.Update(t.Context(), alice, room.ID, change, nil)
	is.Equal(len(faults(err)), 5)
	want := "rooms: invalid input, faults: 5 (configuration unknown_field, expires_at invalid_time, " +
		"metadata invalid_type, name invalid_characters, unknown_field)"
	is.Equal(err.Error(), want) // only our own fields
	set := rooms.ParseInvitees(map[string]any{"attendees": []any{map[string]any{"email": secret, "role": secret,
		secret: 1}}})
	_, err = s.ReplaceAttendees(t.Context(), alice, room.ID, set)
	want = "rooms: invalid input, faults: 3 (attendees.0.email invalid_address, attendees.0.role invalid_choice, " +
		"attendees.0 unknown_field)"
	is.Equal(err.Error(), want)
	literal := &rooms.InvalidError{Faults: []rooms.Fault{{Field: secret, Code: "a_code"}}, More: 7}
	is.Equal(literal.Error(), "rooms: invalid input, faults: 8 (a_code)") // a field that was not added shows nothing
}

// TestLargeObjects: an object of many faults costs no more than its reading.
func TestLargeObjects(t *testing.T) {
	is := is.New(t)
	s := newService(t, rooms.Config{})
	room := made(t, s, alice, rooms.Change{})
	object, list := map[string]any{}, make([]any, 50_000)
	for i := range list {
		object[fmt.Sprint("field", i)], list[i] = i, i
	}
	_, err := s.Update(t.Context(), alice, room.ID, rooms.ParseChange(object), nil)
	var invalid *rooms.InvalidError
	is.True(errors.As(err, &invalid))
	is.True(len(invalid.Faults) == 20 && invalid.More == 50_000-20) // every fault is listed or counted
	set := rooms.ParseInvitees(map[string]any{"attendees": list})
	is.True(len(set.List) <= rooms.MaxAttendees+2) // what follows does not change the answer
	_, err = s.ReplaceAttendees(t.Context(), alice, room.ID, set)
	is.Equal(faults(err)[:2], []string{"attendees too_many", "attendees.0 invalid_type"})
	is.True(len(err.Error()) < 1024)
}
