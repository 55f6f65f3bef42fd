// Package message reads the messages and parameters of Google's client libraries: JSON as protocol
// buffers have it (proto3), whose members and enumerations have several spellings.
package message

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
)

// Field is what a member of a message may be: one of these.
type Field struct {
	// Enum are the names of an enumeration, by their numbers. The first one stands for no value.
	Enum []string
	// Members are those of an object.
	Members map[string]Field
	// Any is a value that is only compared.
	Any bool
}

// Text is a member that is a text.
func Text() Field { return Field{} }

// Values are the members of a message that are no objects, by their paths, such as config.accessType.
// An enumeration is there by its name, and by the empty text if it has no value; what is Any as JSON.
type Values map[string]string

// Read reads a message. It adds a fault for every member that is unknown or of another type, with its path.
func Read(object map[string]any, members map[string]Field, faults *rooms.Faults) Values {
	values := Values{}
	values.read("", object, members, faults)
	return values
}

func (v Values) read(path string, object map[string]any, members map[string]Field, faults *rooms.Faults) {
	seen := map[string]bool{}
	for name, value := range object {
		camel := Camel(name)
		field, known := members[camel]
		switch {
		case !known:
			faults.AddKey(strings.TrimSuffix(path, "."), name, rooms.CodeUnknownField, "This field is not known.")
		case seen[camel]:
			faults.Add(path+camel, rooms.CodeDuplicate, "This field is there in two spellings.")
		case value != nil: // null is no value
			v.add(path+camel, value, field, faults)
		}
		seen[camel] = true
	}
}

// add adds the value of one member.
func (v Values) add(path string, value any, field Field, faults *rooms.Faults) {
	text, isText := value.(string)
	object, isObject := value.(map[string]any)
	switch {
	case field.Members != nil && isObject:
		v.read(path+".", object, field.Members, faults)
	case field.Enum != nil:
		name, ok := enumerated(value, field.Enum)
		if !ok {
			faults.Add(path, rooms.CodeInvalidChoice, "Known values are "+strings.Join(field.Enum[1:], " and ")+".")
			return
		}
		v[path] = name
	case field.Any:
		v[path] = JSON(value)
	case field.Members == nil && isText:
		v[path] = text
	default:
		faults.Add(path, rooms.CodeInvalidType, "This value has the wrong type.")
	}
}

// enumerated returns the name of a value, which may be written as a number; "" for no value.
func enumerated(value any, names []string) (string, bool) {
	i := -1
	switch v := value.(type) {
	case string:
		i = slices.Index(names, v)
	case float64:
		if v == math.Trunc(v) && v >= 0 && v < float64(len(names)) {
			i = int(v)
		}
	}
	if i <= 0 {
		return "", i == 0
	}
	return names[i], true
}

// JSON returns a value as JSON compares: with ordered names.
func JSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// Leaves returns the paths of the members below a path that are no objects, or the path itself if it is one
// of them. There are none below an unknown path. The empty path stands for the message.
func Leaves(path string, members map[string]Field) (leaves []string) {
	first, rest, deeper := strings.Cut(path, ".")
	for name, field := range members {
		if path != "" && name != first || deeper && field.Members == nil {
			continue
		}
		if field.Members == nil {
			leaves = append(leaves, name)
			continue
		}
		for _, leaf := range Leaves(rest, field.Members) {
			leaves = append(leaves, name+"."+leaf)
		}
	}
	return leaves
}

// Camel returns a name in lower camel case: updateMask for update_mask.
func Camel(name string) string {
	var camel strings.Builder
	upper := false
	for _, r := range name {
		switch {
		case r == '_':
			upper = camel.Len() > 0
			continue
		case upper && r >= 'a' && r <= 'z':
			r += 'A' - 'a'
		}
		camel.WriteRune(r)
		upper = false
	}
	return camel.String()
}

// Mask returns the leaves that an update mask names, of a message with these members and values: those that
// have a value if there is no mask, and all for "*". It adds a fault for a path that is unknown.
func Mask(mask string, members map[string]Field, values Values, faults *rooms.Faults) (leaves []string) {
	for path := range strings.SplitSeq(mask, ",") {
		switch path = strings.TrimSpace(path); path {
		case "":
			continue
		case "*":
			leaves = append(leaves, Leaves("", members)...)
			continue
		}
		segments := strings.Split(path, ".")
		for i := range segments {
			segments[i] = Camel(segments[i])
		}
		found := Leaves(strings.Join(segments, "."), members)
		if len(found) == 0 {
			faults.AddKey("", path, rooms.CodeUnknownField, "This path of the update mask is not known.")
		}
		leaves = append(leaves, found...)
	}
	if strings.Trim(mask, ", ") == "" {
		for leaf, value := range values {
			if value != "" { // what stands for no value is as if it was not there
				leaves = append(leaves, leaf)
			}
		}
	}
	slices.Sort(leaves)
	return slices.Compact(leaves)
}
