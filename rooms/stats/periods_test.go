package stats_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

func TestPeriods(t *testing.T) {
	on := func(text string) time.Time { return day(t, text) }
	span := func(interval stats.Interval, from, to string) stats.Options { return spanned(t, interval, from, to) }
	east := time.FixedZone("", 14*3600)
	tests := map[string]struct {
		options     stats.Options
		first, last string
		number      int
	}{
		"thirty days":             {stats.Options{}, "2026-10-25", "2026-11-23", 30},
		"where it is tomorrow":    {stats.Options{Location: east}, "2026-10-26", "2026-11-24", 30},
		"twelve weeks":            {span(stats.Week, "", ""), "2026-09-07", "2026-11-23", 12},
		"twelve months":           {span(stats.Month, "", ""), "2025-12-01", "2026-11-01", 12},
		"up to a day":             {span(stats.Day, "", "2026-03-01"), "2026-01-31", "2026-03-01", 30},
		"up to the 31st":          {span(stats.Month, "", "2026-03-31"), "2025-04-01", "2026-03-01", 12},
		"up to a leap day":        {span(stats.Month, "", "2028-02-29"), "2027-03-01", "2028-02-01", 12},
		"from a day":              {span(stats.Day, "2026-11-20", ""), "2026-11-20", "2026-11-23", 4},
		"from today":              {span(stats.Day, "2026-11-23", ""), "2026-11-23", "2026-11-23", 1},
		"the future":              {span(stats.Day, "2027-01-01", "2027-01-02"), "2027-01-01", "2027-01-02", 2},
		"months from the 31st":    {span(stats.Month, "2026-01-31", "2026-04-01"), "2026-01-01", "2026-04-01", 4},
		"one month":               {span(stats.Month, "2026-01-31", "2026-01-31"), "2026-01-01", "2026-01-01", 1},
		"over a year's end":       {span(stats.Week, "2026-12-31", "2027-01-03"), "2026-12-28", "2026-12-28", 1},
		"and a day":               {span(stats.Week, "2026-12-31", "2027-01-04"), "2026-12-28", "2027-01-04", 2},
		"week 1 before the year":  {span(stats.Week, "2025-01-01", "2025-01-01"), "2024-12-30", "2024-12-30", 1},
		"week 53 in the new year": {span(stats.Week, "2021-01-03", "2021-01-04"), "2020-12-28", "2021-01-04", 2},
		"a Sunday ends a week":    {span(stats.Week, "2026-11-22", "2026-11-22"), "2026-11-16", "2026-11-16", 1},
		"a Monday begins one":     {span(stats.Week, "2026-11-23", "2026-11-29"), "2026-11-23", "2026-11-23", 1},
		"only the dates count": {stats.Options{From: time.Date(2026, 11, 20, 1, 0, 0, 0, east),
			To: time.Date(2026, 11, 20, 23, 0, 0, 0, time.FixedZone("", -3600))},
			"2026-11-20", "2026-11-20", 1},
		"a year of days": {span(stats.Day, "2028-01-01", "2028-12-31"), "2028-01-01", "2028-12-31", 366},
		"as many weeks":  {span(stats.Week, "2020-01-06", "2027-01-10"), "2020-01-06", "2027-01-04", 366},
		"as many months": {span(stats.Month, "2000-01-31", "2030-06-01"), "2000-01-01", "2030-06-01", 366},
		"days in spring": {stats.Options{From: on("2026-03-27"), To: on("2026-03-31"), Location: zone(t, "Europe/Paris")},
			"2026-03-27", "2026-03-31", 5},
		"months of all of those": {stats.Options{Interval: stats.Month, Location: zone(t, "America/Sao_Paulo")},
			"2025-12-01", "2026-11-01", 12},
	}
	e := onSQLite(t)
	e.clock.move(11 * time.Hour) // late in the day
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			got, err := e.Of(t.Context(), alice, test.options)
			is.NoErr(err)
			is.Equal(len(got), test.number)
			is.Equal(got[0].Start, on(test.first))
			is.Equal(got[len(got)-1].Start, on(test.last))
			for i, one := range got[1:] {
				is.True(one.Start.After(got[i].Start)) // in order
			}
		})
	}
}

// spanned returns options from one day to another; an empty one is left out.
func spanned(t testing.TB, interval stats.Interval, from, to string) stats.Options {
	t.Helper()
	options := stats.Options{Interval: interval}
	if from != "" {
		options.From = day(t, from)
	}
	if to != "" {
		options.To = day(t, to)
	}
	return options
}

func TestFaultsOfPeriods(t *testing.T) {
	span := func(interval stats.Interval, from, to string) stats.Options { return spanned(t, interval, from, to) }
	tests := map[string]struct {
		options stats.Options
		want    []string
	}{
		"an unknown interval":    {span("year", "", ""), []string{"interval invalid_choice"}},
		"an interval in letters": {span("Day", "", ""), []string{"interval invalid_choice"}},
		"from after to":          {span(stats.Day, "2026-11-21", "2026-11-20"), []string{"from invalid_time"}},
		"the same week, though":  {span(stats.Week, "2026-11-21", "2026-11-20"), []string{"from invalid_time"}},
		"from tomorrow":          {span(stats.Day, "2026-11-24", ""), []string{"from invalid_time"}},
		"367 days":               {span(stats.Day, "2026-01-01", "2027-01-02"), []string{"from too_many"}},
		"367 weeks":              {span(stats.Week, "2020-01-06", "2027-01-11"), []string{"from too_many"}},
		"367 months":             {span(stats.Month, "2000-01-31", "2030-07-01"), []string{"from too_many"}},
		"to the year 9999":       {span(stats.Day, "9999-12-01", "9999-12-31"), []string{"to invalid_time"}},
		"for ever": {stats.Options{From: time.Date(-200000, 1, 1, 0, 0, 0, 0, time.UTC),
			To: time.Date(200000, 1, 1, 0, 0, 0, 0, time.UTC)},
			[]string{"from invalid_time", "to invalid_time"}},
		"all at once": {span("year", "9999-12-31", "9999-12-01"),
			[]string{"from invalid_time", "interval invalid_choice", "to invalid_time"}},
	}
	e := onSQLite(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			got, err := e.Of(t.Context(), alice, test.options)
			is.Equal(faults(err), test.want)
			is.Equal(len(got), 0)
			_, err = e.All(t.Context(), test.options)
			is.Equal(faults(err), test.want) // for operators, too
			var collected rooms.Faults
			test.options.Check(e.clock.at, &collected)
			is.Equal(faults(collected.Err()), test.want) // and among the faults of others
		})
	}
}

func TestDaysOfTimeZones(t *testing.T) {
	tests := map[string]struct{ zone, day, begins, ends string }{
		"a day of 23 hours":              {"Europe/Paris", "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"},
		"a day of 25 hours":              {"Europe/Paris", "2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"},
		"a quarter of an hour":           {"Asia/Kathmandu", "2026-06-01", "2026-05-31T18:15", "2026-06-01T18:15"},
		"a day of half an hour less":     {"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30", "2026-10-04T13:00"},
		"no midnight, in Brazil":         {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", "2018-11-05T02:00"},
		"before no midnight, in Brazil":  {"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00", "2018-11-04T03:00"},
		"a last hour that comes twice":   {"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", "2018-02-18T03:00"},
		"no midnight, in the Lebanon":    {"Asia/Beirut", "2022-03-27", "2022-03-26T22:00", "2022-03-27T21:00"},
		"no midnight, in Cuba":           {"America/Havana", "2018-03-11", "2018-03-11T05:00", "2018-03-12T04:00"},
		"midnight twice, in Cuba":        {"America/Havana", "2018-11-04", "2018-11-04T04:00", "2018-11-05T05:00"},
		"before a day that was left out": {"Pacific/Apia", "2011-12-29", "2011-12-29T10:00", "2011-12-30T10:00"},
		"after a day that was left out":  {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00", "2011-12-31T10:00"},
		"midnight twice, in Jordan":      {"Asia/Amman", "2021-10-29", "2021-10-28T21:00", "2021-10-29T22:00"},
		"before midnight twice":          {"Asia/Amman", "2021-10-28", "2021-10-27T21:00", "2021-10-28T21:00"},
		"no midnight, in Jordan":         {"Asia/Amman", "2022-02-25", "2022-02-24T22:00", "2022-02-25T21:00"},
		"no midnight, in Egypt":          {"Africa/Cairo", "2023-04-28", "2023-04-27T22:00", "2023-04-28T21:00"},
		"one minute of the day twice":    {"America/St_Johns", "2010-11-07", "2010-11-07T02:30", "2010-11-08T03:30"},
		"a month of 743 hours":           {"Europe/Paris", "2026-03-01", "2026-02-28T23:00", "2026-03-01T23:00"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			begins, err := time.Parse("2006-01-02T15:04", test.begins)
			is.NoErr(err)
			ends, err := time.Parse("2006-01-02T15:04", test.ends)
			is.NoErr(err)
			e := onSQLite(t)
			for _, at := range []time.Time{begins.Add(-time.Microsecond), begins, ends.Add(-time.Microsecond), ends} {
				e.clock.at = at
				e.made(t, alice)
			}
			got, err := e.Of(t.Context(), alice, stats.Options{Location: zone(t, test.zone),
				From: day(t, test.day).AddDate(0, 0, -3), To: day(t, test.day).AddDate(0, 0, 3)})
			is.NoErr(err)
			all := 0
			for _, one := range got {
				all += one.Created
			}
			is.Equal(got[3].Start, day(t, test.day))
			is.Equal(got[3].Created, 2) // the first and the last moment of the day
			is.Equal(all, 4)            // and every room is counted once
		})
	}
}

func TestMonthsOfTimeZones(t *testing.T) {
	each(t, func(t *testing.T, e env) {
		is := is.New(t)
		for _, at := range []string{
			"2026-02-28T22:59:59Z", "2026-02-28T23:00:00Z", "2026-03-31T21:59:59Z", "2026-03-31T22:00:00Z"} {
			e.clock.at, _ = time.Parse(time.RFC3339, at)
			e.made(t, alice)
		}
		e.clock.at = day(t, "2026-04-15")
		for interval, want := range map[stats.Interval][]string{
			stats.Month: {
				"2026-02-01 Calendar: 1 created, 0 deleted, 1 users", "2026-03-01 Calendar: 2 created, 0 deleted, 1 users",
				"2026-04-01 Calendar: 1 created, 0 deleted, 1 users"},
			stats.Week: {
				"2026-02-23 Calendar: 2 created, 0 deleted, 1 users", "2026-03-30 Calendar: 2 created, 0 deleted, 1 users"},
		} {
			got, err := e.Of(t.Context(), alice, stats.Options{Interval: interval, Location: zone(t, "Europe/Paris")})
			is.NoErr(err)
			is.Equal(told(got), want) // from midnight to midnight, before and after the change of the clocks
		}
	})
}

// TestPeriodsAtTheEdge: every date that a caller can write is answered or
// refused, on both databases.
func TestPeriodsAtTheEdge(t *testing.T) {
	tests := map[string]stats.Options{
		"the last day":      {From: day(t, "9999-12-31"), To: day(t, "9999-12-31")},
		"the last month":    {Interval: stats.Month, From: day(t, "9999-12-31"), To: day(t, "9999-12-31")},
		"the first days":    {To: day(t, "0001-01-02")},
		"the first week":    {Interval: stats.Week, From: day(t, "0000-01-01"), To: day(t, "0000-01-01")},
		"the first of them": {From: day(t, "0000-01-01"), To: day(t, "0000-01-02")},
		"an eastern zone":   {From: day(t, "0001-01-02"), To: day(t, "0001-01-02"), Location: time.FixedZone("", 14*3600)},
	}
	each(t, func(t *testing.T, e env) {
		for name, options := range tests {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				got, err := e.Of(t.Context(), alice, options)
				is.True(err == nil || faults(err) != nil)
				is.Equal(len(told(got)), 0) // without rooms
			})
		}
	})
}
