package invite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// wording is the words of an invitation in one language, with its typography: in
// French a no-break space stands before a colon.
type wording struct {
	Meeting string `json:"meeting"` // what the room is for
	Video   string `json:"video"`   // before the link
	Phone   string `json:"phone"`   // before the telephone number
	PIN     string `json:"pin"`     // before the PIN
	Dial    string `json:"dial"`    // {number} and {pin} in one line
	Wait    string `json:"wait"`    // for people who have to be let in
	Expires string `json:"expires"` // before the end of the link
	Moment  string `json:"moment"`  // layout of a time in UTC, as package time has it
}

// maxWord is how long a word may be, in bytes.
const maxWord = 500

// readWording reads the words of a language. An error names every word that is
// missing or cannot be used.
func readWording(text []byte) (wording, error) {
	var w wording
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		return wording{}, fmt.Errorf("is not a JSON object of words: %w", err)
	}
	var problems []string
	for name, word := range w.named() {
		switch {
		case word == "":
			problems = append(problems, "lacks "+name)
		case len(word) > maxWord || !utf8.ValidString(word) || strings.ContainsFunc(word, unbroken):
			problems = append(problems, "has a word "+name+" that is too long or has control characters")
		}
	}
	slices.Sort(problems)
	if problems == nil {
		problems = w.forms()
	}
	if problems != nil {
		return wording{}, errors.New(strings.Join(problems, ", "))
	}
	return w, nil
}

// unbroken reports whether a character ends a line or is none that people see.
func unbroken(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// named returns the words by their names.
func (w wording) named() map[string]string {
	return map[string]string{"meeting": w.Meeting, "video": w.Video, "phone": w.Phone, "pin": w.PIN,
		"dial": w.Dial, "wait": w.Wait, "expires": w.Expires, "moment": w.Moment}
}

// forms returns what is wrong with the words that have to hold something.
func (w wording) forms() (problems []string) {
	if strings.Count(w.Dial, "{number}") != 1 || strings.Count(w.Dial, "{pin}") != 1 {
		problems = append(problems, "has a word dial without {number} and {pin}, once each")
	}
	day := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, other := range []time.Time{day.AddDate(1, 0, 0), day.AddDate(0, 1, 0), day.AddDate(0, 0, 1)} {
		if w.Moment != "" && day.Format(w.Moment) == other.Format(w.Moment) {
			return append(problems, "has a word moment that is no layout of package time with year, month and day")
		}
	}
	return problems
}

// dial returns a telephone number and a PIN in one line.
func (w wording) dial(p *dialIn) string {
	return strings.NewReplacer("{number}", p.Number, "{pin}", p.PIN).Replace(w.Dial)
}
