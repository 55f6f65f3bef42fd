package server

import (
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
	options, err := query.ReadStatistics(c.query(), e.now())
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
