package server

import (
	"cmp"
	"net/http"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/internal/query"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// statisticsEndpoints are the handlers of statistics.
type statisticsEndpoints struct {
	statistics *stats.Statistics // nil if they are not supported
	now        func() time.Time
}

// statisticsBody is the body of statistics: all periods, the oldest first.
type statisticsBody struct {
	Interval stats.Interval    `json:"interval"`
	TimeZone string            `json:"time_zone"`
	Results  []stats.Statistic `json:"results"`
}

func (e *statisticsEndpoints) read(c *call, caller rooms.Caller) (wire.Reply, error) {
	media, err := wire.PreferredMedia(c.header("Accept"), wire.MediaJSON, wire.MediaCSV)
	if err != nil {
		return wire.Reply{}, err
	}
	options, err := e.options(c.query())
	if err != nil {
		return wire.Reply{}, err
	}
	if e.statistics == nil {
		return wire.Reply{}, rooms.ErrUnsupported
	}
	list, err := e.statistics.Of(c.context(), caller, options)
	if err != nil {
		return wire.Reply{}, err
	}
	reply := wire.JSON(http.StatusOK, statisticsBody{options.Interval, options.Location.String(), list})
	if media == wire.MediaCSV {
		reply = wire.Text(http.StatusOK, wire.MediaCSV, stats.CSV(list))
	}
	return reply.With("Vary", "Accept"), nil
}

// options reads the query of statistics. An error has every fault; what a day
// that cannot be read would be wrong with is not one of them.
func (e *statisticsEndpoints) options(text string) (stats.Options, error) {
	q, err := query.Parse(text, []string{"interval", "from", "to", "time_zone"})
	if err != nil {
		return stats.Options{}, err
	}
	intervals := map[string]stats.Interval{"day": stats.Day, "week": stats.Week, "month": stats.Month}
	options := stats.Options{
		Interval: cmp.Or(query.Choice(q, "interval", intervals, "Intervals are day, week and month."), stats.Day),
		From:     q.Date("from"), To: q.Date("to"), Location: q.Location("time_zone"),
	}
	if options.From.IsZero() != q.Values.Has("from") && options.To.IsZero() != q.Values.Has("to") {
		options.Check(e.now(), &q.Faults)
	}
	return options, q.Faults.Err()
}
