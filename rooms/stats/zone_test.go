package stats_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

func TestZones(t *testing.T) {
	t.Setenv("ZONEINFO", t.TempDir())
	t.Setenv("TZ", "Asia/Tokyo")
	for _, name := range []string{"UTC", "Europe/Paris", "US/Eastern", "America/Argentina/Buenos_Aires",
		"Etc/GMT+12", "GMT0",
		"EST5EDT", "Asia/Calcutta", "Asia/Kolkata", "Europe/Kiev", "Europe/Kyiv", "America/Ciudad_Juarez", "Zulu",
		"W-SU", "PRC"} {
		location, err := stats.Zone(name)
		is := is.New(t)
		is.NoErr(err) // names and the names that they had are in the database
		is.Equal(location.String(), name)
	}
}

func TestNamesOfNoZone(t *testing.T) {
	for _, name := range []string{"", "Local", "local", "localtime", "posixrules", "Factory", "right/UTC",
		"right/Europe/Paris",
		"posix/UTC", "posix/Europe/Paris", "tzdata.zi", "leapseconds", "leap-seconds.list", "zone.tab", "zone1970.tab",
		"iso3166.tab", "+VERSION", "SECURITY", "Europe", "Europe/", "America/Argentina", "America/Argentina/",
		"europe/paris", "EUROPE/PARIS", "Europe/paris", "utc", "Utc", " Europe/Paris", "Europe/Paris ", "Europe//Paris",
		"Europe/./Paris", "./Europe/Paris", "Europe/../Europe/Paris", "../zoneinfo/Europe/Paris", "../../../etc/passwd",
		"/usr/share/zoneinfo/Europe/Paris", "/etc/localtime", ":Europe/Paris", "Europe\\Paris", "Europe/Paris\x00",
		"CET-1CEST,M3.5.0,M10.5.0/3", "+02:00", "UTC+2", "GMT+2", "CEST", "PST", "Etc/GMT+99", "Mars/Phobos",
		strings.Repeat("x", 1<<16)} {
		location, err := stats.Zone(name)
		if !errors.Is(err, stats.ErrZone) || location != nil {
			t.Errorf("%.60q is a zone", name) // files of a machine, paths and abbreviations are no names
		}
	}
}

// starts is a store that only notes when periods begin.
type starts []time.Time

func (s *starts) Sources(context.Context) ([]rooms.Source, error) { return nil, nil }

func (s *starts) Count(_ context.Context, _ rooms.View, begins []time.Time, end time.Time) ([]stats.Count, error) {
	*s = append(begins[:len(begins):len(begins)], end)
	return make([]stats.Count, len(begins)), nil
}

// TestADayBeginsAtTheFirstInstantOfItsDate looks at all that a clock on the wall shows around
// the changes of the clocks.
func TestADayBeginsAtTheFirstInstantOfItsDate(t *testing.T) {
	var noted starts
	statistics, err := stats.New(stats.Config{Store: &noted})
	is.New(t).NoErr(err)
	for _, one := range []struct {
		name string
		year int
	}{
		{"Asia/Amman", 2021}, {"Asia/Amman", 2022}, {"America/Sao_Paulo", 2018}, {"Africa/Cairo", 2023},
		{"Asia/Beirut", 2022},
		{"Asia/Gaza", 2011}, {"America/Havana", 2018}, {"America/St_Johns", 2010}, {"Pacific/Apia", 2011},
		{"Pacific/Kwajalein", 1993},
	} {
		location := zone(t, one.name)
		first := time.Date(one.year, 1, 1, 0, 0, 0, 0, time.UTC)
		_, err := statistics.Of(t.Context(), alice, stats.Options{Location: location, From: first,
			To: first.AddDate(0, 12, -1)})
		is.New(t).NoErr(err)
		compareWithClock(t, location, first, noted)
	}
}

// compareWithClock compares when days begin with a clock that is read every minute, from a
// day and a half before the first one.
func compareWithClock(t *testing.T, location *time.Location, day time.Time, begins []time.Time) {
	t.Helper()
	at := day.Add(-36 * time.Hour).In(location)
	for i, begin := range begins {
		wanted := day.AddDate(0, 0, i).Format(time.DateOnly)
		for at.Format(time.DateOnly) < wanted {
			at = at.Add(time.Minute)
		}
		if !begin.Equal(at) {
			t.Errorf("%s: %s begins at %s, want %s", location, wanted, begin, at)
			return
		}
	}
}
