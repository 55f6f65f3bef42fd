package rooms

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxConfiguration is the largest configuration, in bytes of JSON.
const maxConfiguration = 8 << 10

// checkConfiguration applies the limits that no schema lifts, then the schema. It returns
// the configuration as a store will give it back, so that equal ones compare equal.
func (s *Service) checkConfiguration(faults *Faults, c map[string]any) map[string]any {
	if len(c) == 0 {
		return map[string]any{}
	}
	text, err := encode(c)
	if err != nil || len(text) > maxConfiguration {
		faults.Add("configuration", CodeTooLong, "The configuration is too large.")
	}
	if !cleanText(c) {
		faults.Add("configuration", CodeInvalidCharacters, "Text must be UTF-8 without NUL.")
	}
	s.config.Schema(c, faults)
	var decoded map[string]any
	_ = json.Unmarshal(text, &decoded) // what was not encoded is refused above
	return decoded
}

// checkSettings is the schema of the external API.
func checkSettings(configuration map[string]any, faults *Faults) {
	for key, value := range configuration {
		switch key {
		case "can_publish_sources":
			checkMediaSources(faults, "configuration."+key, value)
		case "everyone_can_mute":
			if _, ok := value.(bool); !ok && value != nil {
				faults.Add("configuration."+key, CodeInvalidType, "A JSON boolean or null is expected.")
			}
		default:
			faults.AddKey("configuration", key, CodeUnknownField, "This setting is not known.")
		}
	}
}

// checkMediaSources wants null or a list of different media sources.
func checkMediaSources(faults *Faults, field string, value any) {
	list, ok := value.([]any)
	if !ok && value != nil {
		faults.Add(field, CodeInvalidType, "A list or null is expected.")
	}
	known := []string{"camera", "microphone", "screen_share", "screen_share_audio"}
	unknown, repeated, seen := false, false, map[string]bool{}
	for _, item := range list {
		name, _ := item.(string)
		seen[name], repeated = slices.Contains(known, name), repeated || seen[name]
		unknown = unknown || !seen[name]
	}
	if unknown {
		faults.Add(field, CodeInvalidChoice, "Known sources are camera, microphone, screen_share and screen_share_audio.")
	}
	if repeated {
		faults.Add(field, CodeDuplicate, "A source is listed twice.")
	}
}

// cleanText reports whether every text in a decoded JSON value is UTF-8 without NUL.
func cleanText(value any) bool {
	switch v := value.(type) {
	case string:
		return utf8.ValidString(v) && !strings.ContainsRune(v, 0)
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !cleanText(item) })
	case map[string]any:
		for key, item := range v {
			if !cleanText(key) || !cleanText(item) {
				return false
			}
		}
	}
	return true
}

// patched returns what a change makes of an object: the new value or, merged, what RFC 7396
// makes of both. It is not ok if there is no change, or if what comes of it is not known.
func patched(before map[string]any, change *map[string]any, merge, known bool) (after map[string]any, ok bool) {
	switch {
	case change == nil || merge && !known:
		return nil, false
	case merge:
		return mergeObject(before, *change), true
	}
	return *change, true
}

// mergeObject is the algorithm of RFC 7396 §2 for a patch that is an object. It changes
// neither value.
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

// encode returns the JSON of a value as it is sent: without the escapes that json.Marshal
// has for HTML.
func encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}
