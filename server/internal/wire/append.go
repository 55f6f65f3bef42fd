package wire

import "strconv"

// AppendText appends a text in JSON as [Encode] writes it.
func AppendText(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return AppendValue(to, text)
		}
	}
	to = append(to, '"')
	to = append(to, text...)
	return append(to, '"')
}

// AppendTextOrNull appends a text in JSON, or null.
func AppendTextOrNull(to []byte, text *string) []byte {
	if text == nil {
		return append(to, "null"...)
	}
	return AppendText(to, *text)
}

// AppendNumber appends a number in JSON.
func AppendNumber(to []byte, number int) []byte { return strconv.AppendInt(to, int64(number), 10) }

// AppendValue appends a value in JSON as [Encode] writes it, without the line break.
func AppendValue(to []byte, value any) []byte {
	encoded := Encode(value)
	return append(to, encoded[:len(encoded)-1]...)
}
