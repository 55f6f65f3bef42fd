// Package jsontext appends JSON to what is written already, without reflection where that is
// simple. The bytes are those of [wire.Encode].
package jsontext

import "github.com/anteroom-go/anteroom/server/internal/wire"

// Append appends a text.
func Append(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return AppendValue(to, text)
		}
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"')
}

// AppendOrNull appends a text, or null.
func AppendOrNull(to []byte, text *string) []byte {
	if text == nil {
		return append(to, "null"...)
	}
	return Append(to, *text)
}

// AppendValue appends any value of our own types. It panics if the type cannot be encoded.
func AppendValue(to []byte, value any) []byte {
	encoded := wire.Encode(value)
	return append(to, encoded[:len(encoded)-1]...) // without the line break
}
