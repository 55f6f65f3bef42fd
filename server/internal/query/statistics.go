package query

import (
	"cmp"
	"time"

	"github.com/anteroom-go/anteroom/rooms/stats"
)

// ReadStatistics reads the query of statistics. An error has every fault; what a
// day that cannot be read would be wrong with is not one of them.
func ReadStatistics(text string, now time.Time) (stats.Options, error) {
	q, err := Parse(text, []string{"interval", "from", "to", "time_zone"})
	if err != nil {
		return stats.Options{}, err
	}
	intervals := map[string]stats.Interval{"day": stats.Day, "week": stats.Week, "month": stats.Month}
	options := stats.Options{
		Interval: cmp.Or(Choice(q, "interval", intervals, "Intervals are day, week and month."), stats.Day),
		From:     q.Date("from"), To: q.Date("to"), Location: q.Location("time_zone"),
	}
	if options.From.IsZero() != q.Values.Has("from") && options.To.IsZero() != q.Values.Has("to") {
		options.Check(now, &q.Faults)
	}
	return options, q.Faults.Err()
}
