package server

import (
	"cmp"
	"net/http"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

const mediaCSV = "text/csv; charset=utf-8"

// statisticsView is the body of statistics: all periods, the oldest first.
type statisticsView struct {
	Interval rooms.Interval    `json:"interval"`
	TimeZone string            `json:"time_zone"`
	Results  []rooms.Statistic `json:"results"`
}

func (s *Server) readStatistics(w http.ResponseWriter, r *http.Request, grant delegation.Grant) error {
	media, err := preferredMedia(r.Header.Values("Accept"), mediaJSON, mediaCSV)
	if err != nil {
		return err
	}
	options, err := statisticsOptions(r.URL.RawQuery)
	if err != nil {
		return err
	}
	list, err := s.rooms.Statistics(r.Context(), caller(grant), options)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept")
	if media == mediaCSV {
		writeBytes(w, http.StatusOK, mediaCSV, rooms.StatisticsCSV(list))
		return nil
	}
	writeJSON(w, http.StatusOK, mediaJSON, statisticsView{options.Interval, options.Location.String(), list})
	return nil
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
// Local is the server's own and nobody else's business.
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
