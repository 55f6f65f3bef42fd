package auditing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
)

// view is a row in JSON.
type view struct {
	Row       int64           `json:"row"`
	At        time.Time       `json:"at"`
	By        string          `json:"by"`
	Kind      audit.Kind      `json:"kind"`
	ClientID  string          `json:"client_id,omitempty"`
	UserID    string          `json:"user_id,omitempty"`
	Subject   string          `json:"subject,omitempty"`
	Before    json.RawMessage `json:"before,omitempty"`
	After     json.RawMessage `json:"after,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Hash      string          `json:"hash"`
}

func viewOf(entry audit.Entry) view {
	return view{Row: entry.Seq, At: entry.At, By: entry.By, Kind: entry.Kind, ClientID: entry.ClientID,
		UserID: entry.UserID, Subject: entry.Subject, Before: object(entry.Before), After: object(entry.After),
		RequestID: entry.RequestID, Hash: entry.Hash}
}

// object returns the text of an object. A row that was tampered with may hold another text, which
// is shown as it is.
func object(text string) json.RawMessage {
	if text == "" || json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return quoted
}

// table writes rows for people.
func table(out io.Writer, views []view) {
	fmt.Fprintln(out, "ROW\tAT\tBY\tKIND\tON\tBEFORE\tAFTER")
	for _, v := range views {
		fmt.Fprintf(out, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Row, v.At.Format(time.RFC3339), shown(v.By), shown(string(v.Kind)),
			shown(strings.Join(slices.DeleteFunc([]string{v.ClientID, v.UserID, v.Subject},
				func(text string) bool { return text == "" }), " ")), shown(string(v.Before)), shown(string(v.After)))
	}
}

// shown is a text from the database without what would break the table or the terminal.
func shown(text string) string {
	if text == "" {
		return "-"
	}
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, text)
}

// isKind reports whether there are changes of a kind.
func isKind(kind string) bool { return slices.Contains(audit.Kinds(), audit.Kind(kind)) }

// past reads a point in time: a duration before now, in days or in Go's units, a date, or a time.
// Empty is the zero time.
func past(text string, now time.Time) (time.Time, error) {
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if duration, err := time.ParseDuration(text); err == nil && duration >= 0 {
		return now.Add(-duration), nil
	}
	at, err := flagvalue.Moment(text).At(now)
	if err != nil || at.After(now) {
		return time.Time{}, errors.New("must be a duration such as 7d or 12h, a date such as 2027-01-31 or a time such as " +
			"2027-01-31T12:00:00Z, and not in the future")
	}
	return at, nil
}
