package wire

// PairedSurrogates reports whether every escaped surrogate of a valid JSON text is one half of
// a pair (RFC 8259 §7). What stands for half a character is no character: decoders replace
// it, so that what is kept would not be what was sent (RFC 8259 §8.2).
func PairedSurrogates(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue // a backslash stands in strings only
		}
		unit, escaped := codeUnit(text[i:])
		switch {
		case !escaped:
			i++ // of two characters, the second of which may be a backslash
		case unit>>10 == 0xD800>>10: // the first of a pair
			second, there := codeUnit(text[i+6:])
			if !there || second>>10 != 0xDC00>>10 {
				return false
			}
			i += 11
		case unit>>10 == 0xDC00>>10:
			return false
		default:
			i += 5
		}
	}
	return true
}

// codeUnit reads the escape \uXXXX at the beginning of a text.
func codeUnit(text []byte) (unit uint16, escaped bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for _, digit := range text[2:6] {
		unit <<= 4
		switch {
		case digit >= '0' && digit <= '9':
			unit |= uint16(digit - '0')
		case digit|0x20 >= 'a' && digit|0x20 <= 'f':
			unit |= uint16(digit|0x20-'a') + 10
		default:
			return 0, false
		}
	}
	return unit, true
}
