package rows

import (
	"database/sql"
	"unicode/utf8"
)

// Storable reports whether a text from outside can be the value of a column. A
// database answers NUL and broken UTF-8 with an error, where the answer is that
// there is no such row.
func Storable(text string) bool {
	if text == "" || len(text) > 255 || !utf8.ValidString(text) {
		return false
	}
	for i := range len(text) {
		if text[i] == 0 {
			return false
		}
	}
	return true
}

// OrEmpty returns a text from outside, or "" if it is not [Storable]. No row has
// an empty id, so a statement that looks for one finds nothing.
func OrEmpty(text string) string {
	if !Storable(text) {
		return ""
	}
	return text
}

// Affected reports whether a statement changed anything.
func Affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
