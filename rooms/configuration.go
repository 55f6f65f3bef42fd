package rooms

import (
	"encoding/json"
	"slices"

	"github.com/anteroom-go/anteroom/rooms/internal/document"
	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// maxConfiguration is the largest configuration, in bytes of JSON.
const maxConfiguration = 8 << 10

// checkConfiguration applies the limits that no schema lifts, then the schema. It returns
// the configuration as a store will give it back, so that equal ones compare equal.
func (s *Service) checkConfiguration(faults *Faults, c map[string]any) map[string]any {
	if len(c) == 0 {
		return map[string]any{}
	}
	encoded, err := document.Encode(c)
	if err != nil || len(encoded) > maxConfiguration {
		faults.Add("configuration", CodeTooLong, "The configuration is too large.")
	}
	if !text.Clean(c) {
		faults.Add("configuration", CodeInvalidCharacters, "Text must be UTF-8 without NUL.")
	}
	s.config.Schema(c, faults)
	var decoded map[string]any
	_ = json.Unmarshal(encoded, &decoded) // what was not encoded is refused above
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

// patched returns what a change makes of an object: the new value or, merged, what RFC 7396
// makes of both. It is not ok if there is no change, or if what comes of it is not known.
func patched(before map[string]any, change *map[string]any, merge, known bool) (after map[string]any, ok bool) {
	switch {
	case change == nil || merge && !known:
		return nil, false
	case merge:
		return document.Merge(before, *change), true
	}
	return *change, true
}
