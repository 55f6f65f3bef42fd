package rooms

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Metadata are pairs of texts that mean something to the creator of a room only:
// at most 16, 4 KiB of JSON in all, keys of 1 to 64 characters.
type Metadata map[string]string

// The limits of metadata.
const (
	maxMetadata     = 16
	maxMetadataKey  = 64
	maxMetadataSize = 4 << 10
)

// checkMetadata returns decoded JSON as metadata, as a store gives it back: nil
// if it is empty.
func checkMetadata(p *problems, pairs map[string]any) Metadata {
	var m Metadata
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		text, isText := pairs[key].(string)
		switch {
		case key == "" || !printable(key, maxMetadataKey):
			p.add("metadata."+FieldName(key), CodeInvalidCharacters, "A key is 1 to 64 characters of UTF-8 without control characters.")
		case !isText:
			p.add("metadata."+FieldName(key), CodeInvalidType, "A text is expected.")
		case !cleanText(text):
			p.add("metadata."+FieldName(key), CodeInvalidCharacters, "Text must be UTF-8 without NUL.")
		case m == nil:
			m = Metadata{key: text}
		default:
			m[key] = text
		}
	}
	if len(pairs) > maxMetadata {
		p.add("metadata", CodeTooMany, "Metadata has at most 16 pairs.")
	}
	if text, err := encode(pairs); err != nil || len(text) > maxMetadataSize {
		p.add("metadata", CodeTooLong, "Metadata has at most 4 KiB.")
	}
	return m
}

// decoded says metadata in the terms of decoded JSON.
func (m Metadata) decoded() map[string]any {
	pairs := make(map[string]any, len(m))
	for key, text := range m {
		pairs[key] = text
	}
	return pairs
}

// noMetadata is what a store keeps of empty metadata.
const noMetadata = "{}"

func parseMetadata(text string) (m Metadata, err error) {
	if text == noMetadata {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("reading metadata: %w", err)
	}
	return m, nil
}
