package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Record is one thing that moves.
type Record struct {
	Kind *Kind
	// Number is its place in the file, from 1: that of the line, or of the record in a
	// list.
	Number int
	// Values are those of its fields, by their names: a string, bool, int64, time.Time in
	// UTC, []string, json.RawMessage or []Member. One that is absent has its default.
	Values map[string]any
}

// Member is a person with a role in a room.
type Member struct {
	ID        string     `json:"id,omitempty"`
	UserID    string     `json:"user_id,omitempty"`
	Email     string     `json:"email,omitempty"`
	Role      string     `json:"role"`
	CreatedAt *time.Time `json:"created_at,omitempty"`
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
}

// Text returns a text; empty if it is absent.
func (r Record) Text(name string) string {
	text, _ := r.Values[name].(string)
	return text
}

// Key returns what tells the record apart, for a report.
func (r Record) Key() string {
	var parts []string
	for _, name := range r.Kind.Key {
		if text := r.Text(name); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

// FieldError is what is wrong with a field.
type FieldError struct{ Field, Problem string }

// Error names the field.
func (e *FieldError) Error() string { return e.Field + " " + e.Problem }

// fromJSON reads the value of a field. Null is no value.
func (f Field) fromJSON(text json.RawMessage) (value any, err error) {
	if string(text) == "null" {
		return nil, nil
	}
	switch f.Type {
	case Bool:
		value, err = decode[bool](text)
	case Number:
		value, err = decode[int64](text)
	case List:
		value, err = decode[[]string](text)
	case Members:
		value, err = decodeMembers(text)
	case Document:
		return compact(text), nil
	default:
		value, err = decode[string](text)
	}
	if err == nil && f.Type == Time {
		return f.Moment(value.(string))
	}
	if err != nil {
		return nil, &FieldError{f.Name, "has the wrong type"}
	}
	return value, nil
}

func decode[T any](text json.RawMessage) (value T, err error) {
	err = json.Unmarshal(text, &value)
	return value, err
}

func decodeMembers(text json.RawMessage) (members []Member, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&members)
	return members, err
}

func compact(text json.RawMessage) json.RawMessage {
	var small bytes.Buffer
	_ = json.Compact(&small, text) // it was decoded as a part of a record
	return small.Bytes()
}

// fromText reads the value of a field in CSV. An empty text is no value.
func (f Field) fromText(text string) (value any, err error) {
	if f.Type != Text {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		return nil, nil
	}
	switch f.Type {
	case Bool:
		value, err = strconv.ParseBool(strings.ToLower(text))
	case Number:
		value, err = strconv.ParseInt(text, 10, 64)
	case List:
		return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\n", r) }), nil
	case Time:
		return f.Moment(text)
	case Members:
		value, err = decodeMembers([]byte(text))
	case Document:
		if !json.Valid([]byte(text)) {
			return nil, &FieldError{f.Name, "is not JSON"}
		}
		return compact([]byte(text)), nil
	default:
		return text, nil
	}
	if err != nil {
		return nil, &FieldError{f.Name, "has the wrong type"}
	}
	return value, nil
}

// Moment reads a time (RFC 3339), or the first instant of a date in UTC.
func (f Field) Moment(text string) (any, error) {
	for _, form := range []string{time.RFC3339Nano, time.DateOnly} {
		at, err := time.Parse(form, strings.ToUpper(text))
		if err == nil && at.UTC().Year() >= 1 && at.UTC().Year() <= 9999 {
			return at.UTC().Truncate(time.Microsecond), nil
		}
	}
	return nil, &FieldError{f.Name, "is not a time such as 2026-01-31T10:00:00Z"}
}

// asText writes a value in CSV.
func asText(value any) (string, error) {
	switch value := value.(type) {
	case nil:
		return "", nil
	case string:
		return value, nil
	case bool, int64:
		return fmt.Sprint(value), nil
	case time.Time:
		return value.Format(time.RFC3339Nano), nil
	case []string:
		return strings.Join(value, " "), nil
	}
	return document(value)
}

// document writes a value in JSON, without the escapes for HTML.
func document(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}
