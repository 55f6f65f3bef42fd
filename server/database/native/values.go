package native

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// ErrNUL means that an argument has a NUL byte.
var ErrNUL = errors.New("native: a text has a NUL byte")

// timeForm is how SQLite keeps times: as bun writes them, in UTC.
const timeForm = "2006-01-02 15:04:05.999999-07:00"

// values returns the arguments as drivers take them. It changes no argument of the caller's.
func values(db bun.IDB, args []any) ([]any, error) {
	copied := false
	for i, arg := range args {
		var changed any
		switch arg := arg.(type) {
		case string:
			text, err := clean(arg)
			if err != nil {
				return nil, err
			}
			if len(text) == len(arg) {
				continue
			}
			changed = text
		case time.Time:
			changed = arg.UTC()
			if db.Dialect().Name() == dialect.SQLite {
				changed = arg.UTC().Format(timeForm)
			}
		case nil, bool, int, int64, []byte:
			continue
		default:
			return nil, fmt.Errorf("native: an argument is a %T", arg)
		}
		if !copied {
			args, copied = append([]any(nil), args...), true
		}
		args[i] = changed
	}
	return args, nil
}

// clean returns a text in which every byte that is not UTF-8 is U+FFFD. That is longer than what it stands for.
func clean(text string) (string, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return "", ErrNUL
	}
	if utf8.ValidString(text) {
		return text, nil
	}
	return string([]rune(text)), nil
}

// forBun returns the text with the placeholders of bun, which count from 0.
func forBun(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(rest)
		}
		n := 0
		for _, digit := range rest[:end] {
			n = 10*n + int(digit-'0')
		}
		fmt.Fprintf(&out, "?%d", n-1)
		text = rest[end:]
	}
}

// Text scans a column into a text. NULL is empty.
func Text(into *string) interface{ Scan(any) error } { return text{into} }

type text struct{ into *string }

// Scan implements [database/sql.Scanner].
func (t text) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*t.into = ""
	case string:
		*t.into = value
	case []byte:
		*t.into = string(value)
	default:
		return fmt.Errorf("native: a text is a %T", value)
	}
	return nil
}

// Time scans a column into a time in UTC. NULL is the zero time. Drivers of SQLite give the text of a time.
func Time(into *time.Time) interface{ Scan(any) error } { return moment{into} }

type moment struct{ into *time.Time }

// Scan implements [database/sql.Scanner].
func (m moment) Scan(value any) (err error) {
	switch value := value.(type) {
	case nil:
		*m.into = time.Time{}
	case time.Time:
		*m.into = value.UTC()
	case string:
		*m.into, err = parseTime(value)
	case []byte:
		*m.into, err = parseTime(string(value))
	default:
		err = fmt.Errorf("native: a time is a %T", value)
	}
	return err
}

// timeForms are those in which SQL has times: of bun and of PostgreSQL, of SQLite's functions, and of drivers.
var timeForms = [...]string{timeForm, "2006-01-02 15:04:05", time.RFC3339, "2006-01-02 15:04:05-07",
	"2006-01-02 15:04:05-07:00:00", "2006-01-02T15:04:05", "2006-01-02"}

func parseTime(text string) (time.Time, error) {
	for _, form := range timeForms { // fractions are accepted by each
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("native: %.40q is no time", text)
}
