package pins_test

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/pins"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

var alice = rooms.ForUser(rooms.Source{Kind: "application", ID: "app_calendar"}, "alice")

// clock is a clock that stands until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

// TestPINsComeBack: the PIN of a room is free some time after the room was deleted, and never
// before.
func TestPINsComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		store, c := roomsql.New(db), newClock()
		service, err := rooms.New(rooms.Config{Stores: rooms.Stores{Rooms: store}, Now: c.now, PINLength: 6})
		is.NoErr(err)
		upkeep, err := pins.New(pins.Config{Store: store, Length: 6, Now: c.now})
		is.NoErr(err)
		create := func() rooms.Room {
			room, _, err := service.Create(t.Context(), alice, rooms.Change{ExpiresAt: new(c.at.Add(time.Hour))})
			is.NoErr(err)
			return room
		}
		taken := func(room rooms.Room) bool {
			n, err := store.CountPINs(t.Context(), []string{room.PIN})
			is.NoErr(err)
			return n == 1
		}
		gone, expired := create(), create()
		is.NoErr(service.Delete(t.Context(), alice, gone.ID, nil))
		c.at = c.at.Add(pins.Hold)
		is.NoErr(upkeep.Work(t.Context()))
		is.True(taken(gone)) // invitations with it are still about
		c.at = c.at.Add(time.Microsecond)
		is.NoErr(upkeep.Work(t.Context()))
		is.True(!taken(gone)) // now it is free
		extended, err := service.Update(t.Context(), alice, expired.ID,
			rooms.Change{ExpiresAt: new(c.at.Add(time.Hour))}, nil)
		is.NoErr(err)
		is.True(extended.PIN == expired.PIN && taken(expired)) // an expired room has kept its own
	})
}

// TestMoreThanABatch deletes many rooms at once.
func TestMoreThanABatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		c := newClock()
		fill(t, db, 2500, c.at)
		c.at = c.at.Add(2 * pins.Hold)
		upkeep, err := pins.New(pins.Config{Store: roomsql.New(db), Now: c.now})
		is.NoErr(err)
		is.NoErr(upkeep.Work(t.Context()))
		var left int
		is.NoErr(db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {rooms} WHERE pin IS NOT NULL")).Scan(t.Context(), &left))
		is.Equal(left, 0) // one call gives back all that is due
	})
}

// fill makes rooms with PINs of six digits, deleted at a time.
func fill(t *testing.T, db *bun.DB, n int, deleted time.Time) {
	t.Helper()
	ctx := session.Silence(t.Context(), 0) // a million rows take their time
	_, err := db.ExecContext(ctx, tables.SQL(db, `INSERT INTO {rooms} (id, slug, name, access_level, configuration, pin,
			source_kind, source_id, source_name, version, created_at, updated_at, deleted_at)
		WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
		SELECT 'room-' || n, 'slug-' || n, 'x', 'trusted', '{}', substr('000000' || n, length('' || n) + 1), 'application',
			'app', 'x', 1, ?, ?, ? FROM n`), n, deleted, deleted, deleted)
	is.New(t).NoErr(err)
}

// TestCountMeetsTheTruth counts on databases in which an eighth of all PINs is taken.
func TestCountMeetsTheTruth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		fill(t, db, 125_000, time.Now())
		var log bytes.Buffer
		upkeep, err := pins.New(pins.Config{Store: roomsql.New(db), Length: 6, Now: time.Now,
			Logger: slog.New(slog.NewTextHandler(&log, nil))})
		is.NoErr(err)
		for range 5 { // an unlikely sample is followed by others
			is.NoErr(upkeep.Work(t.Context()))
		}
		is.Equal(strings.Count(log.String(), "level=WARN"), 1)                   // one warning a day
		is.True(strings.Contains(log.String(), "digits=6 pins=1000000 taken=1")) // with numbers
	})
}

// below is a store in which the PINs below a number are taken.
type below int

// ReleasePINs implements [pins.Store].
func (b *below) ReleasePINs(context.Context, time.Time, int) (int, error) { return 0, nil }

// CountPINs implements [pins.Store].
func (b *below) CountPINs(_ context.Context, asked []string) (taken int, err error) {
	for _, pin := range asked {
		if number, _ := strconv.Atoi(pin); number < int(*b) {
			taken++
		}
	}
	return taken, nil
}

// TestWarnings fills a store, and looks at what is warned of.
func TestWarnings(t *testing.T) {
	is := is.New(t)
	var log bytes.Buffer
	store, c := new(below), newClock()
	upkeep, err := pins.New(pins.Config{Store: store, Length: 6, Now: c.now,
		Logger: slog.New(slog.NewTextHandler(&log, nil))})
	is.NoErr(err)
	for _, step := range []struct {
		taken    below
		after    time.Duration
		warnings int
	}{
		{0, 0, 0}, {30_000, time.Hour, 0},
		{200_000, time.Hour, 1},      // over a tenth
		{300_000, time.Hour, 0},      // told already
		{300_000, 23 * time.Hour, 1}, // and again after a day
		{700_000, time.Hour, 1},      // over a half, at once
		{300_000, time.Hour, 0},
		{700_000, 24 * time.Hour, 1},
		{0, 48 * time.Hour, 0}, // no longer
	} {
		*store = step.taken
		c.at = c.at.Add(step.after)
		log.Reset()
		is.NoErr(upkeep.Work(t.Context()))
		is.Equal(strings.Count(log.String(), "level=WARN"), step.warnings)
	}
}

func TestLongPINsAreNotCounted(t *testing.T) {
	is := is.New(t)
	for length, counted := range map[int]bool{0: false, 6: true, 9: true, 10: false, 12: false} {
		var log bytes.Buffer
		store := below(1 << 60)
		upkeep, err := pins.New(pins.Config{Store: &store, Length: length,
			Logger: slog.New(slog.NewTextHandler(&log, nil))})
		is.NoErr(err)
		is.NoErr(upkeep.Work(t.Context()))
		is.Equal(log.Len() > 0, counted)
	}
}

func TestNewNamesEveryMistake(t *testing.T) {
	is := is.New(t)
	_, err := pins.New(pins.Config{Length: 5})
	is.Equal(err.Error(), "pins: Config.Store is required\npins: Config.Length must be from 6 to 12, or 0 for no PINs")
	_, err = pins.New(pins.Config{Store: new(below), Length: 13})
	is.True(err != nil)
}

func TestRunEnds(t *testing.T) {
	is := is.New(t)
	var log bytes.Buffer
	store := below(900_000)
	upkeep, err := pins.New(pins.Config{Store: &store, Length: 6, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	is.NoErr(err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	upkeep.Run(ctx)                                       // returns
	is.True(strings.Contains(log.String(), "level=WARN")) // and works when it starts
}
