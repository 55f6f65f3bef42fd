package rooms

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Configuration holds the settings of a meeting: a decoded JSON object.
type Configuration map[string]any

// Schema says what a configuration may hold; a host may bring its own. What it
// does not accept it returns as an [*InvalidError], with fields below
// "configuration.". It never changes the configuration, and need not look for
// what no configuration may hold: text that is not UTF-8 or has a NUL, and more
// than 8 KiB in all.
type Schema func(Configuration) error

// maxConfiguration is the largest configuration, in bytes of JSON.
const maxConfiguration = 8 << 10

// mediaSource reports whether participants may publish from the source.
func mediaSource(name string) bool {
	switch name {
	case "camera", "microphone", "screen_share", "screen_share_audio":
		return true
	}
	return false
}

// DefaultSchema accepts can_publish_sources, null or a list of different media
// sources, and everyone_can_mute, null or a boolean. Unknown keys are refused.
func DefaultSchema(c Configuration) error {
	var p problems
	for _, key := range slices.Sorted(maps.Keys(c)) {
		switch key {
		case "can_publish_sources":
			checkSources(&p, "configuration."+key, c[key])
		case "everyone_can_mute":
			if _, ok := c[key].(bool); !ok && c[key] != nil {
				p.add("configuration."+key, CodeInvalidType, "A JSON boolean or null is expected.")
			}
		default:
			p.add("configuration."+FieldName(key), CodeUnknownField, "This setting is not known.")
		}
	}
	return p.err()
}

// checkSources checks null or a list of media sources.
func checkSources(p *problems, field string, value any) {
	list, ok := value.([]any)
	if !ok {
		if value != nil {
			p.add(field, CodeInvalidType, "A list or null is expected.")
		}
		return
	}
	seen := map[string]bool{}
	for _, item := range list {
		name, _ := item.(string)
		switch {
		case !mediaSource(name):
			p.add(field, CodeInvalidChoice, "Known sources are camera, microphone, screen_share and screen_share_audio.")
			return
		case seen[name]:
			p.add(field, CodeDuplicate, "A source is listed twice.")
			return
		}
		seen[name] = true
	}
}

// checkConfiguration applies the limits that no schema lifts, then the schema.
// It returns the configuration as the store will give it back, so that equal
// ones compare equal.
func checkConfiguration(c Configuration, schema Schema) (Configuration, error) {
	if len(c) == 0 {
		return Configuration{}, nil
	}
	text, err := encode(c)
	if err != nil || len(text) > maxConfiguration {
		return nil, &InvalidError{[]FieldError{{"configuration", CodeTooLong, "The configuration is too large."}}}
	}
	if !cleanText(map[string]any(c)) {
		return nil, &InvalidError{[]FieldError{{"configuration", CodeInvalidCharacters, "Text must be UTF-8 without NUL."}}}
	}
	if err := schema(c); err != nil {
		return nil, err
	}
	return parseConfiguration(text)
}

func parseConfiguration(text []byte) (Configuration, error) {
	var c Configuration
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("reading a configuration: %w", err)
	}
	return c, nil
}

// cleanText reports whether every text in a decoded JSON value is UTF-8
// without NUL.
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
