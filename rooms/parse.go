package rooms

import (
	"slices"
	"time"

	"github.com/anteroom-go/anteroom/rooms/moment"
)

// ParseChange reads the writable fields of a room from a decoded JSON object: name,
// access_level, configuration, external_id, metadata and expires_at. Null asks for the
// default of a field, as a zero value in a [Change] does. Fields that only a service sets are
// ignored, since callers send back what they read. The change carries every fault of the
// object; [Service.Create] and [Service.Update] report them together with those of their rules.
func ParseChange(object map[string]any) Change {
	var change Change
	f := fields{object: object, faults: &change.faults}
	f.known("name", "access_level", "configuration", "external_id", "metadata", "expires_at",
		"id", "slug", "url", "telephony", "source", "created_at", "updated_at")
	change.Name, change.ExternalID = bind[string](f, "name"), bind[string](f, "external_id")
	change.ExpiresAt = f.time("expires_at")
	if level := f.choice("access_level"); level != nil {
		change.AccessLevel = new(AccessLevel(*level))
	}
	change.Configuration = bind[map[string]any](f, "configuration")
	change.Metadata = bind[map[string]any](f, "metadata")
	change.reset.configuration = change.Configuration != nil && object["configuration"] == nil
	change.reset.metadata = change.Metadata != nil && object["metadata"] == nil
	return change
}

// fields binds the members of a decoded JSON object by name, each explicitly, and collects
// what is wrong with them.
type fields struct {
	object map[string]any
	path   string // of the object; empty at the top
	faults *Faults
}

func (f fields) refuse(name, code, message string) {
	if f.path != "" {
		name = f.path + "." + name
	}
	f.faults.Add(name, code, message)
}

// known refuses every member that is not one of the names.
func (f fields) known(names ...string) {
	for name := range f.object {
		if !slices.Contains(names, name) {
			f.faults.AddKey(f.path, name, CodeUnknownField, "This field is not known.")
		}
	}
}

// bind returns a member, or the zero value for null; nil if it is not there or has another
// type.
func bind[T any](f fields, name string) *T {
	value, there := f.object[name]
	switch typed, fits := value.(T); {
	case !there:
		return nil
	case fits || value == nil:
		return &typed
	}
	f.refuse(name, CodeInvalidType, "This value has the wrong type.")
	return nil
}

// require is bind for a member that has to be there.
func require[T any](f fields, name string) *T {
	if f.object[name] == nil {
		f.refuse(name, CodeRequired, "This field is required.")
		return nil
	}
	return bind[T](f, name)
}

// choice returns a text that is one of several. An empty one is none of them: null asks for
// the default.
func (f fields) choice(name string) *string {
	if f.object[name] == "" {
		f.refuse(name, CodeBlank, "This value is empty.")
		return nil
	}
	return bind[string](f, name)
}

// time returns a point in time; the zero time for null.
func (f fields) time(name string) *time.Time {
	text := bind[string](f, name)
	switch {
	case text == nil:
		return nil
	case f.object[name] == nil:
		return new(time.Time)
	}
	t, err := moment.Parse(*text)
	if err != nil || t.IsZero() { // the zero time stands for none
		f.refuse(name, CodeInvalidTime, "A time by RFC 3339 is expected, such as 2026-11-23T10:00:00Z.")
		return nil
	}
	return &t
}
