package rooms

import (
	"cmp"
	"time"
)

// Interval is the length of the periods of statistics.
type Interval string

// The intervals. Weeks begin on Monday (ISO 8601).
const (
	Day   Interval = "day"
	Week  Interval = "week"
	Month Interval = "month"
)

// maxPeriods is how many periods are counted at a time: a year of days.
const maxPeriods = 366

// periods are consecutive stretches of time.
type periods struct {
	days   []time.Time // the first day of each, as midnight UTC
	starts []time.Time // when each begins
	end    time.Time
}

// periods returns the periods that the options select.
func (o StatisticsOptions) periods(now time.Time) (periods, error) {
	o.Interval = cmp.Or(o.Interval, Day)
	o.Location = cmp.Or(o.Location, time.UTC)
	if !o.Interval.valid() {
		return periods{}, &InvalidError{[]FieldError{{"interval", CodeInvalidChoice, "Intervals are day, week and month."}}}
	}
	first, last := o.days(now)
	begin := o.Interval.start(first)
	var p problems
	switch {
	case first.After(last):
		p.add("from", CodeInvalidTime, "The first day is not after the last.")
	case begin.Year() < 1:
		p.add("from", CodeInvalidTime, "Periods are between the years 1 and 9998.")
	case last.Year() > 9998:
		p.add("to", CodeInvalidTime, "Periods are between the years 1 and 9998.")
	}
	if p != nil {
		return periods{}, p.err()
	}
	found, complete := o.cover(begin, last)
	if !complete {
		p.add("from", CodeTooMany, "At most 366 periods are counted at a time.")
	}
	return found, p.err()
}

// days returns the first and the last day that the options ask for.
func (o StatisticsOptions) days(now time.Time) (first, last time.Time) {
	last = date(o.To)
	if o.To.IsZero() {
		last = date(now.In(o.Location))
	}
	if !o.From.IsZero() {
		return date(o.From), last
	}
	return o.Interval.add(o.Interval.start(last), -o.Interval.usual()), last
}

// cover returns the periods from the one that begins with the first day to the
// one that holds the last, and whether those are all.
func (o StatisticsOptions) cover(first, last time.Time) (found periods, complete bool) {
	day := first
	for ; !day.After(last); day = o.Interval.add(day, 1) {
		if len(found.days) == maxPeriods {
			return found, false
		}
		found.days = append(found.days, day)
		found.starts = append(found.starts, o.midnight(day))
	}
	found.end = o.midnight(day)
	return found, true
}

// date returns a date as midnight UTC, where every day has one.
func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// midnight returns when a date begins in the location: not at midnight where the
// clocks leapt over it.
func (o StatisticsOptions) midnight(day time.Time) time.Time {
	begin := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, o.Location)
	if date(begin).Before(day) {
		_, begin = begin.ZoneBounds() // the leap
	}
	return begin
}

func (i Interval) valid() bool { return i == Day || i == Week || i == Month }

// usual is how many periods come before the last one if nobody says.
func (i Interval) usual() int {
	if i == Day {
		return 29
	}
	return 11
}

// start returns the beginning of the period that a day is in.
func (i Interval) start(day time.Time) time.Time {
	switch i {
	case Week:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case Month:
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

// add returns the day that many periods later.
func (i Interval) add(day time.Time, n int) time.Time {
	switch i {
	case Week:
		return day.AddDate(0, 0, 7*n)
	case Month:
		return day.AddDate(0, n, 0)
	}
	return day.AddDate(0, 0, n)
}
