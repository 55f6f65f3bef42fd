// Package document works on decoded JSON objects.
package document

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Merge is the algorithm of RFC 7396 §2 for a patch that is an object. It changes neither
// value.
func Merge(target any, patch map[string]any) map[string]any {
	before, _ := target.(map[string]any)
	merged := maps.Clone(before)
	if merged == nil {
		merged = map[string]any{}
	}
	for name, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(merged, name)
		case map[string]any:
			merged[name] = Merge(merged[name], v)
		default:
			merged[name] = value
		}
	}
	return merged
}

// Encode returns the JSON of a value as it is sent: without the escapes that json.Marshal
// has for HTML.
func Encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}
