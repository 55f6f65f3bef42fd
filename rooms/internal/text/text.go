// Package text judges the texts of callers.
package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable reports whether s is UTF-8 of at most limit characters without control
// characters and separators of lines.
func Printable(s string, limit int) bool {
	bad := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && strings.IndexFunc(s, bad) < 0
}

// Clean reports whether every text in a decoded JSON value is UTF-8 without NUL.
func Clean(value any) bool {
	switch v := value.(type) {
	case string:
		return utf8.ValidString(v) && !strings.ContainsRune(v, 0)
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !Clean(item) })
	case map[string]any:
		for key, item := range v {
			if !Clean(key) || !Clean(item) {
				return false
			}
		}
	}
	return true
}

// Visible reports whether a reader sees anything of s: one character at least that is
// neither a blank, nor a control or format character, nor a mark on the character before it,
// nor ignorable where it is not supported (UAX #44, Default_Ignorable_Code_Point).
// A character that is newer than the tables of this program counts as visible.
func Visible(s string) bool { return strings.IndexFunc(s, visible) >= 0 }

func visible(r rune) bool {
	return !unicode.IsSpace(r) && !slices.Contains(blanks(), r) &&
		!unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf, unicode.M, unicode.Noncharacter_Code_Point,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// blanks returns the letters and symbols that are drawn as nothing, and have no property
// from which that follows: the Braille pattern without dots, the musical null notehead, and
// the blanks of Egyptian hieroglyphs.
func blanks() []rune { return []rune{'\u2800', '\U0001D159', '\U00013441', '\U00013442'} }

// CompareFields orders paths part by part, and numbers in them by their value.
func CompareFields(a, b string) int {
	for a != "" || b != "" {
		var first, second string
		first, a, _ = strings.Cut(a, ".")
		second, b, _ = strings.Cut(b, ".")
		if order := compareParts(first, second); order != 0 {
			return order
		}
	}
	return 0
}

func compareParts(a, b string) int {
	if numeral(a) && numeral(b) && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func numeral(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
