package query

import (
	"cmp"
	"time"

	"github.com/anteroom-go/anteroom/rooms/stats"
)

// ReadStatistics reads the query of statistics. An error has every fault; what a
// day that cannot be read would be wrong with is not one of them.
func ReadStatistics(text string, now time.Time) (stats.Options, error) {
	q, err := readQuery(text, []string{"interval", "from", "to", "time_zone"})
	if err != nil {
		return stats.Options{}, err
	}
	intervals := map[string]stats.Interval{"day": stats.Day, "week": stats.Week, "month": stats.Month}
	options := stats.Options{
		Interval: cmp.Or(choice(q, "interval", intervals, "Intervals are day, week and month."), stats.Day),
		From:     q.date("from"), To: q.date("to"), Location: q.location("time_zone"),
	}
	if options.From.IsZero() != q.values.Has("from") && options.To.IsZero() != q.values.Has("to") {
		options.Check(now, &q.faults)
	}
	return options, q.faults.Err()
}
