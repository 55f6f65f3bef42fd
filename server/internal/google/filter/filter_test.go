package filter_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/calls"
	"github.com/anteroom-go/anteroom/server/internal/google/filter"
)

func TestFilters(t *testing.T) {
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	const text = `"2027-01-02T03:04:05Z"`
	for filtered, want := range map[string]struct {
		named string
		query calls.Query
	}{
		"":                                        {},
		`space.meeting_code = "abc-defg-hij"`:     {named: "abc-defg-hij"},
		`space.meeting_code="abc-defg-hij"`:       {named: "abc-defg-hij"},
		`space.name = "spaces/a"`:                 {named: "a"},
		`start_time>=` + text:                     {query: calls.Query{StartFrom: at}},
		`start_time = ` + text:                    {query: calls.Query{StartFrom: at, StartTo: at}},
		`end_time <= ` + text:                     {query: calls.Query{EndTo: at}},
		`end_time IS NULL`:                        {query: calls.Query{Running: true}},
		`space.name="a" AND start_time < ` + text: {named: "a", query: calls.Query{StartTo: at.Add(-time.Microsecond)}},
		`start_time > ` + text + ` and end_time IS NULL`: {query: calls.Query{StartFrom: at.Add(time.Microsecond),
			Running: true}},
	} {
		t.Run(filtered, func(t *testing.T) {
			is := is.New(t)
			var query calls.Query
			named, ok := filter.Read(filtered, &query)
			is.True(ok)
			is.Equal(named, want.named)
			is.Equal(query, want.query)
		})
	}
	for _, wrong := range []string{"x", "=", `space.name`, `space.name="a" AND space.name="b"`, `space.name>"a"`,
		`space.name=""`, `start_time="x"`, `start_time!=` + text, `start_time IS NULL`, `other="x"`, `space.name="a`,
		`space.name="a" OR space.name="b"`, `space.name="a" AND`} {
		is := is.New(t)
		_, ok := filter.Read(wrong, &calls.Query{})
		is.True(!ok) // nothing is guessed
	}
}
