package rooms

import (
	"bytes"
	"encoding/json"
	"maps"
)

// patched returns what a change makes of an object: the new value or, merged,
// what RFC 7396 makes of both. A nil object is null, which resets either way.
func patched(before, change map[string]any, merge bool) map[string]any {
	if !merge || change == nil {
		return change
	}
	return mergeObject(before, change)
}

// mergeObject is the algorithm of RFC 7396 §2 for a patch that is an object. It
// changes neither value.
func mergeObject(target any, patch map[string]any) map[string]any {
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
			merged[name] = mergeObject(merged[name], v)
		default:
			merged[name] = value
		}
	}
	return merged
}

// encode writes a decoded JSON value as it is sent: without the escapes that
// json.Marshal has for HTML.
func encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}
