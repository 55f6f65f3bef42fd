package rooms

import (
	"maps"
	"slices"

	"github.com/anteroom-go/anteroom/rooms/internal/document"
	"github.com/anteroom-go/anteroom/rooms/internal/text"
)

// The limits of metadata.
const (
	maxMetadata     = 16
	maxMetadataKey  = 64
	maxMetadataSize = 4 << 10
)

// checkMetadata returns decoded JSON as metadata, as a store gives it back: nil if it is
// empty.
func checkMetadata(faults *Faults, pairs map[string]any) map[string]string {
	var metadata map[string]string
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		if metadata == nil {
			metadata = map[string]string{}
		}
		metadata[key] = checkPair(faults, key, pairs[key])
	}
	if len(pairs) > maxMetadata {
		faults.Add("metadata", CodeTooMany, "Metadata has at most 16 pairs.")
	}
	if encoded, err := document.Encode(pairs); err != nil || len(encoded) > maxMetadataSize {
		faults.Add("metadata", CodeTooLong, "Metadata has at most 4 KiB.")
	}
	return metadata
}

func checkPair(faults *Faults, key string, pair any) string {
	value, isText := pair.(string)
	if key == "" || !text.Printable(key, maxMetadataKey) {
		faults.AddKey("metadata", key, CodeInvalidCharacters,
			"A key is 1 to 64 characters of UTF-8 without control characters.")
	}
	switch {
	case !isText:
		faults.AddKey("metadata", key, CodeInvalidType, "A text is expected.")
	case !text.Clean(value):
		faults.AddKey("metadata", key, CodeInvalidCharacters, "Text must be UTF-8 without NUL.")
	}
	return value
}

// decoded returns metadata as a decoded JSON object.
func decoded(metadata map[string]string) map[string]any {
	pairs := make(map[string]any, len(metadata))
	for key, text := range metadata {
		pairs[key] = text
	}
	return pairs
}
