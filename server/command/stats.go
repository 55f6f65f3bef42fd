package command

import (
	"context"
	"errors"
	"io"
	"time"
	_ "time/tzdata" // TZ, by which logs have their times, on machines without a database of time zones

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type statsCommand struct {
	databaseFlag
	Interval string `help:"Length of the periods: day, week (from Monday) or month. Default day." enum:"day,week,month" default:"day" placeholder:"INTERVAL"`
	From     string `help:"A day of the first period, such as 2026-11-01. Default: thirty days, twelve weeks or twelve months up to the last one." placeholder:"DATE"`
	To       string `help:"A day of the last period. Default: today." placeholder:"DATE"`
	TimeZone string `help:"Where days begin and end, such as Europe/Paris. Default UTC." default:"UTC" placeholder:"ZONE"`
	CSV      bool   `name:"csv" help:"Print CSV."`
	printing.Output
}

// Help is the long help of the command.
func (statsCommand) Help() string {
	return `Counts the rooms created and deleted and the different owners of the rooms created, for every ` +
		`source: applications, also deleted ones, and the host's own. Deleted rooms still count as created.

    anteroom stats --interval week --time-zone Europe/Paris`
}

// Run prints statistics of all sources.
func (s *statsCommand) Run(ctx context.Context, c *console) error {
	options, err := s.options()
	if err != nil {
		return err
	}
	if s.CSV && s.JSON {
		return usage.Errorf("--csv and --json exclude each other")
	}
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	store := c.host.Statistics
	if store == nil {
		store = roomsql.New(db)
	}
	statistics, err := stats.New(stats.Config{Store: store})
	if err != nil {
		return err
	}
	list, err := statistics.All(ctx, options)
	if err != nil {
		return inStatsFlags(err)
	}
	if s.CSV {
		_, err = c.stdout.Write(stats.CSV(list))
		return err
	}
	return s.Print(c.stdout, list, func(w io.Writer) { printing.Chart(w, list) })
}

func (s *statsCommand) options() (options stats.Options, err error) {
	options.Interval = stats.Interval(s.Interval)
	if options.Location, err = stats.Zone(s.TimeZone); err != nil {
		return options, usage.Errorf("--time-zone: %q is not a time zone of the IANA database, such as Europe/Paris",
			s.TimeZone)
	}
	if options.From, err = day("--from", s.From); err != nil {
		return options, err
	}
	options.To, err = day("--to", s.To)
	return options, err
}

// day reads a date; empty is the zero time.
func day(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, usage.Errorf("%s: expected a date such as 2026-11-01, but got %q", flag, text)
	}
	return t, nil
}

// inStatsFlags returns what is wrong with the options in terms of flags.
func inStatsFlags(err error) error {
	var invalid *rooms.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	return usage.Errorf("--%s: %s", invalid.Faults[0].Field, invalid.Faults[0].Message)
}
