package moment

import (
	"errors"
	"strings"
	"time"
)

// ErrForm reports a text that is not a time by RFC 3339.
var ErrForm = errors.New("moment: not a time by RFC 3339")

// form has a d where a time has a digit, up to its seconds.
const form = "dddd-dd-ddTdd:dd:dd"

// Parse returns the point in time that a text names by the grammar of RFC 3339 §5.6, to the
// letter but for the case of T and Z, which may be lower (§5.6, first note). A fraction may
// have any number of digits, of which nine count. It returns [ErrForm] for every other text,
// and for days and times that do not exist.
//
// [time.Parse] is not enough: it takes hours of one digit, a comma before the fraction and
// offsets of a day, and refuses second 60.
func Parse(text string) (time.Time, error) {
	text = strings.ToUpper(text)
	if len(text) <= len(form) || !matches(text[:len(form)], form) || !isRest(text[len(form):]) {
		return time.Time{}, ErrForm
	}
	leap := text[len("dddd-dd-ddTdd:dd:"):len(form)] == "60"
	if leap {
		text = text[:len("dddd-dd-ddTdd:dd:")] + "59" + text[len(form):]
	}
	t, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return time.Time{}, ErrForm
	case leap: // no clock of ours has this second: it is the beginning of the next minute
		return t.Truncate(time.Second).Add(time.Second), nil
	}
	return t, nil
}

// isRest reports whether a text may follow the seconds: a fraction or none, and an offset
// of less than a day.
func isRest(text string) bool {
	if fraction, found := strings.CutPrefix(text, "."); found {
		text = strings.TrimLeft(fraction, "0123456789")
		if text == fraction {
			return false
		}
	}
	if text == "Z" {
		return true
	}
	return (matches(text, "+dd:dd") || matches(text, "-dd:dd")) && text[1:3] < "24" && text[4:] < "60"
}

// matches reports whether a text has a digit where the form has a d, and is the form
// elsewhere.
func matches(text, form string) bool {
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		digit := text[i] >= '0' && text[i] <= '9'
		if form[i] == 'd' && !digit || form[i] != 'd' && text[i] != form[i] {
			return false
		}
	}
	return true
}
