// Package filter reads filters of conference records.
package filter

import (
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/rooms/moment"
	"github.com/anteroom-go/anteroom/server/calls"
)

// Read reads a filter of records: comparisons that are joined by AND. It returns the id or the code of the
// space that is named.
func Read(filter string, query *calls.Query) (named string, ok bool) {
	if strings.TrimSpace(filter) == "" {
		return "", true
	}
	filter = strings.NewReplacer(" and ", " AND ", "\t", " ", "\n", " ").Replace(filter)
	for comparison := range strings.SplitSeq(filter, " AND ") {
		field, operator, value, split := splitComparison(comparison)
		switch {
		case !split:
			return "", false
		case operator == "=" && (field == "space.name" || field == "space.meeting_code") && value != "" && named == "":
			named = strings.TrimPrefix(value, "spaces/")
		case !compareTimes(field, operator, value, query):
			return "", false
		}
	}
	return named, true
}

// splitComparison returns the parts of a comparison such as start_time>="2026-11-27T10:00:00Z".
func splitComparison(text string) (field, operator, value string, ok bool) {
	text = strings.TrimSpace(text)
	if before, found := strings.CutSuffix(text, " IS NULL"); found {
		return strings.TrimSpace(before), "IS NULL", "", true
	}
	at := strings.IndexAny(text, "<>=")
	if at <= 0 {
		return "", "", "", false
	}
	end := at + 1
	if strings.HasPrefix(text[end:], "=") {
		end++
	}
	value = strings.TrimSpace(text[end:])
	bare := strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	quoted := len(value) == len(bare)+2 || len(value) == len(bare)
	return strings.TrimSpace(text[:at]), text[at:end], bare, quoted && !strings.Contains(bare, `"`)
}

// compareTimes adds a comparison of times to a query.
func compareTimes(field, operator, value string, query *calls.Query) bool {
	bounds := map[string][2]*time.Time{
		"start_time": {&query.StartFrom, &query.StartTo}, "startTime": {&query.StartFrom, &query.StartTo},
		"end_time": {&query.EndFrom, &query.EndTo}, "endTime": {&query.EndFrom, &query.EndTo}}
	bound, known := bounds[field]
	if operator == "IS NULL" && known {
		query.Running = bound[0] == &query.EndFrom
		return query.Running
	}
	at, err := moment.Parse(value)
	return known && err == nil && bind(bound, operator, at)
}

// bind sets the first and the last time that a comparison allows.
func bind(bound [2]*time.Time, operator string, at time.Time) bool {
	switch operator {
	case ">=":
		*bound[0] = at
	case ">":
		*bound[0] = at.Add(time.Microsecond)
	case "<=":
		*bound[1] = at
	case "<":
		*bound[1] = at.Add(-time.Microsecond)
	case "=":
		*bound[0], *bound[1] = at, at
	default:
		return false
	}
	return true
}
