package wire

import (
	"net/http"
	"slices"
	"strings"
)

// mediaType returns the media type of a request if it is one of those allowed. Its
// parameters do not matter: JSON and forms have none that change what they mean
// (RFC 8259 §11), and a charset says nothing that the bytes do not say. A type that
// is named twice is one type (two libraries may each add the header field); two
// types are none.
func mediaType(r *http.Request, allowed []string) (string, error) {
	named := ""
	for _, element := range splitList(strings.Join(r.Header.Values("Content-Type"), ",")) {
		kind := canonicalType(element)
		if !strings.Contains(kind, "/") {
			continue // the rest of a parameter, or nothing
		}
		if named != "" && kind != named {
			return "", ErrMedia
		}
		named = kind
	}
	if !slices.Contains(allowed, named) {
		return "", ErrMedia
	}
	return named, nil
}

// canonicalType returns the type and subtype of a media type without its
// parameters, however they are set apart, in lower case. Of JSON it returns the
// registered name for those that were in use before.
func canonicalType(text string) string {
	text = strings.ToLower(strings.Trim(text, " \t\"'"))
	if end := strings.IndexAny(text, "; \t"); end >= 0 {
		text = text[:end]
	}
	switch text {
	case "text/json", "text/x-json", "application/x-json":
		return MediaJSON
	}
	return text
}

// parameter is a parameter of a media range.
type parameter struct{ name, value string }

// parseParameters splits what follows the type in a media range. What is no pair of
// a name and a value is left out.
func parseParameters(text string) (parameters []parameter) {
	for _, part := range splitAt(text, ';') {
		name, value, pair := strings.Cut(part, "=")
		if name = strings.ToLower(strings.TrimSpace(name)); pair && name != "" {
			parameters = append(parameters, parameter{name, unquote(strings.TrimSpace(value))})
		}
	}
	return parameters
}

// unquote returns the value of a quoted string (RFC 9110 §5.6.4), or the text itself.
func unquote(text string) string {
	inner, opened := strings.CutPrefix(text, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	if !opened || !closed {
		return text
	}
	var value strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		value.WriteByte(inner[i])
	}
	return value.String()
}

// splitList splits a header field at the commas that are not quoted (RFC 9110
// §5.6.1).
func splitList(field string) []string { return splitAt(field, ',') }

// splitAt splits a text at a separator that is not quoted.
func splitAt(field string, separator byte) []string {
	var elements []string
	start, quoted := 0, false
	for i := 0; i < len(field); i++ {
		switch {
		case field[i] == '"':
			quoted = !quoted
		case field[i] == '\\' && quoted:
			i++
		case field[i] == separator && !quoted:
			elements, start = append(elements, field[start:i]), i+1
		}
	}
	return append(elements, field[start:])
}
