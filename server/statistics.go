package server

import (
	"cmp"
	"net/http"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// statisticsEndpoints are the handlers of statistics.
type statisticsEndpoints struct {
	service *rooms.Service
}

// statisticsBody is the body of statistics: all periods, the oldest first.
type statisticsBody struct {
	Interval rooms.Interval    `json:"interval"`
	TimeZone string            `json:"time_zone"`
	Results  []rooms.Statistic `json:"results"`
}

func (e *statisticsEndpoints) read(c *call, caller rooms.Caller) (wire.Reply, error) {
	media, err := wire.PreferredMedia(c.header("Accept"), wire.MediaJSON, wire.MediaCSV)
	if err != nil {
		return wire.Reply{}, err
	}
	options, err := statisticsOptions(c.query())
	if err != nil {
		return wire.Reply{}, err
	}
	list, err := e.service.Statistics(c.context(), caller, options)
	if err != nil {
		return wire.Reply{}, err
	}
	reply := wire.JSON(http.StatusOK, statisticsBody{options.Interval, options.Location.String(), list})
	if media == wire.MediaCSV {
		reply = wire.Text(http.StatusOK, wire.MediaCSV, rooms.StatisticsCSV(list))
	}
	return reply.With("Vary", "Accept"), nil
}

// statisticsOptions reads the query of statistics.
func statisticsOptions(text string) (rooms.StatisticsOptions, error) {
	q, err := readQuery(text, []string{"interval", "from", "to", "time_zone"})
	if err != nil {
		return rooms.StatisticsOptions{}, err
	}
	intervals := map[string]rooms.Interval{"day": rooms.Day, "week": rooms.Week, "month": rooms.Month}
	options := rooms.StatisticsOptions{
		Interval: cmp.Or(choice(q, "interval", intervals, "Intervals are day, week and month."), rooms.Day),
		From:     q.date("from"), To: q.date("to"), Location: q.location("time_zone"),
	}
	return options, q.err()
}

// date returns a day; zero if it is not there.
func (q *query) date(name string) (day time.Time) {
	if !q.values.Has(name) {
		return day
	}
	day, err := time.Parse(time.DateOnly, q.text(name))
	if err != nil || day.IsZero() {
		q.refuse(name, rooms.CodeInvalidTime, "A date is expected, such as 2026-11-23.")
	}
	return day
}

// location returns a time zone of the IANA database; UTC if it is not there.
// Local is refused, as it is the zone of the server.
func (q *query) location(name string) *time.Location {
	if !q.values.Has(name) {
		return time.UTC
	}
	zone, err := time.LoadLocation(q.text(name))
	if err != nil || q.text(name) == "" || q.text(name) == "Local" {
		q.refuse(name, rooms.CodeInvalidChoice, "A time zone of the IANA database is expected, such as Europe/Paris.")
		return time.UTC
	}
	return zone
}
