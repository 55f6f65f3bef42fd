package stats

import (
	"cmp"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Options select what is counted. The zero Options select the last thirty days.
type Options struct {
	// Interval is the length of the periods; empty means [Day].
	Interval Interval
	// From and To are the first and the last day. Only their dates count; the
	// periods that contain them are counted as a whole. Zero means to the present
	// day, and from the beginning of the last thirty days, twelve weeks or twelve
	// months.
	From, To time.Time
	// Location is where days begin and end; nil means UTC. [Zone] returns it for a name.
	Location *time.Location
}

// Interval is the length of a period.
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

// Check adds what is wrong with the options to the faults, all of it. The present
// day is that of now. The fields are interval, from and to.
func (o Options) Check(now time.Time, faults *rooms.Faults) { o.check(now, faults) }

// periods returns the periods that the options select. It returns a
// [*rooms.InvalidError] if they are not valid.
func (o Options) periods(now time.Time) (periods, error) {
	var faults rooms.Faults
	selected := o.check(now, &faults)
	return selected, faults.Err()
}

// check adds what is wrong with the options to the faults, and returns the periods
// that they select if there is nothing.
func (o Options) check(now time.Time, faults *rooms.Faults) periods {
	o.Interval = cmp.Or(o.Interval, Day)
	o.Location = cmp.Or(o.Location, time.UTC)
	valid := o.Interval.valid()
	if !valid {
		faults.Add("interval", rooms.CodeInvalidChoice, "Intervals are day, week and month.")
	}
	first, last := o.days(now)
	begin := o.Interval.start(first)
	switch {
	case first.After(last):
		faults.Add("from", rooms.CodeInvalidTime, "The first day is not after the last.")
		valid = false
	case begin.Year() < 1:
		faults.Add("from", rooms.CodeInvalidTime, "Periods are between the years 1 and 9998.")
		valid = false
	}
	if last.Year() > 9998 {
		faults.Add("to", rooms.CodeInvalidTime, "Periods are between the years 1 and 9998.")
		valid = false
	}
	if !valid {
		return periods{}
	}
	selected, complete := o.cover(begin, last)
	if !complete {
		faults.Add("from", rooms.CodeTooMany, "At most 366 periods are counted at a time.")
	}
	return selected
}

// days returns the first and the last day that the options ask for.
func (o Options) days(now time.Time) (first, last time.Time) {
	last = date(o.To)
	if o.To.IsZero() {
		last = date(now.In(o.Location))
	}
	if !o.From.IsZero() {
		return date(o.From), last
	}
	return o.Interval.add(o.Interval.start(last), -o.Interval.usual()), last
}

// cover returns the periods from the one that begins with the first day to the one
// that contains the last, and whether they are all.
func (o Options) cover(first, last time.Time) (found periods, complete bool) {
	day := first
	for ; !day.After(last); day = o.Interval.add(day, 1) {
		if len(found.days) == maxPeriods {
			return found, false
		}
		found.days = append(found.days, day)
		found.starts = append(found.starts, o.begin(day))
	}
	found.end = o.begin(day)
	return found, true
}

// date returns a date as midnight UTC, where every day has one.
func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// begin returns the first instant of a date in the location: the first midnight where clocks
// show it twice, the first moment after it where they leap over it, and the beginning of the
// next date for one that the location left out. It walks the stretches without a change of the
// clocks, from a day before.
func (o Options) begin(day time.Time) time.Time {
	at := day.AddDate(0, 0, -1).In(o.Location)
	for {
		_, offset := at.Zone()
		begin := day.Add(-time.Duration(offset) * time.Second)
		if begin.Before(at) {
			begin = at
		}
		_, change := at.ZoneBounds()
		if change.IsZero() || begin.Before(change) {
			return begin
		}
		at = change
	}
}

func (i Interval) valid() bool { return i == Day || i == Week || i == Month }

// usual returns how many periods come before the last one by default.
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
