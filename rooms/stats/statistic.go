package stats

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Statistic is what happened in one period to the rooms of one source.
type Statistic struct {
	// Start is the first day of the period: a date, as midnight UTC.
	Start time.Time
	// Source is the source of the rooms that are counted.
	Source rooms.Source
	// Count holds the numbers.
	Count
}

// MarshalJSON returns {"period": "2026-11-23", "source": {"kind": …, "id": …,
// "name": …}, "created": 3, "deleted": 1, "users": 2}.
func (s Statistic) MarshalJSON() ([]byte, error) {
	type source struct {
		Kind string `json:"kind"`
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	return json.Marshal(struct {
		Period  string `json:"period"`
		Source  source `json:"source"`
		Created int    `json:"created"`
		Deleted int    `json:"deleted"`
		Users   int    `json:"users"`
	}{s.Start.Format(time.DateOnly), source(s.Source), s.Created, s.Deleted, s.Users})
}

// CSV returns statistics as a table by RFC 4180, below a line of headings. A text
// that a spreadsheet would take for a formula begins with an apostrophe.
func CSV(list []Statistic) []byte {
	var text bytes.Buffer
	table := csv.NewWriter(&text)
	table.UseCRLF = true
	rows := [][]string{{"period", "source_kind", "source_id", "source_name", "created", "deleted", "users"}}
	for _, s := range list {
		rows = append(rows, []string{
			s.Start.Format(time.DateOnly), s.Source.Kind, harmless(s.Source.ID), harmless(s.Source.Name),
			strconv.Itoa(s.Created), strconv.Itoa(s.Deleted), strconv.Itoa(s.Users),
		})
	}
	_ = table.WriteAll(rows) // a buffer takes everything
	return text.Bytes()
}

// harmless returns the text so that no spreadsheet takes it for a formula.
func harmless(text string) string {
	if text != "" && strings.Contains("=+-@", text[:1]) {
		return "'" + text
	}
	return text
}
