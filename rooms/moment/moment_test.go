package moment_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms/moment"
)

func Example() {
	end, err := moment.Parse("2026-11-23T10:00:00+01:00")
	fmt.Println(end.UTC(), err)
	// Output: 2026-11-23 09:00:00 +0000 UTC <nil>
}

func TestParse(t *testing.T) {
	nine := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-11-23T09:00:00Z":                                   nine,
		"2026-11-23t09:00:00z":                                   nine,
		"2026-11-23T10:00:00+01:00":                              nine,
		"2026-11-23t02:30:00-06:30":                              nine,
		"2026-11-23T09:00:00-00:00":                              nine,
		"2026-11-24T08:59:00+23:59":                              nine,
		"2026-11-23T09:00:00.000Z":                               nine,
		"2026-11-23T09:00:00.123456789Z":                         nine.Add(123456789),
		"2026-11-23T09:00:00.1234567891234567891Z":               nine.Add(123456789),
		"2026-11-23T08:59:60Z":                                   nine,
		"2026-11-23T08:59:60.5Z":                                 nine,
		"2016-12-31T23:59:60Z":                                   time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC),
		"1990-12-31T15:59:60-08:00":                              time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC),
		"2024-02-29T00:00:00Z":                                   time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"0000-01-01T00:00:00Z":                                   time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999-12-31T23:59:59.999999999Z":                         time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		"2026-11-23T09:00:00." + strings.Repeat("0", 9999) + "Z": nine,
	} {
		t.Run(text[:min(len(text), 40)], func(t *testing.T) {
			is := is.New(t)
			got, err := moment.Parse(text)
			is.NoErr(err)
			is.True(got.Equal(want)) // RFC 3339 §5.6
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "Z", "2026-11-23", "2026-11-23T09:00:00", "2026-11-23T09:00Z", "2026-11-23 09:00:00Z", "20261123T090000Z",
		"2026-11-23T6:30:00Z", "2026-11-23T9:00:00Z", "2026-1-23T09:00:00Z", "2026-11-3T09:00:00Z", "2026-11-23T09:0:00Z",
		"2026-11-23T09:00:0Z", "26-11-23T09:00:00Z", "10000-01-01T00:00:00Z", "+2026-11-23T09:00:00Z",
		"-2026-11-23T09:00:00Z",
		"2026-11-23T09:00:00,5Z", "2026-11-23T09:00:00.Z", "2026-11-23T09:00:00.+01:00", "2026-11-23T09:00:00.5",
		"2026-11-23T09:00:00+24:00", "2026-11-23T09:00:00+5:30", "2026-11-23T09:00:00+05:60", "2026-11-23T09:00:00+0530",
		"2026-11-23T09:00:00+05", "2026-11-23T09:00:00-24:00", "2026-11-23T09:00:00+99:00", "2026-11-23T09:00:00+05:30:00",
		"2026-11-23T09:00:00 05:30", "2026-11-23T09:00:00\u221205:30", "2026-11-23T09:00:00ZZ", "2026-11-23T09:00:00UTC",
		"2026-11-23T24:00:00Z", "2026-11-23T09:60:00Z", "2026-11-23T09:00:61Z", "2026-11-23T09:00:99Z",
		"2026-00-23T09:00:00Z", "2026-13-23T09:00:00Z", "2026-02-29T09:00:00Z", "2026-11-31T09:00:00Z",
		"2026-11-00T09:00:00Z", " 2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z ", "2026-11-23T09:00:00Z\n",
		"2026-11-23T09:00:0٠Z", "２０26-11-23T09:00:00Z", "2026-11-23ſ09:00:00Z", "2026-W48-1T09:00:00Z", "2026-327T09:00:00Z",
		"1764000000", "tomorrow",
	} {
		t.Run(text, func(t *testing.T) {
			_, err := moment.Parse(text)
			is.New(t).True(errors.Is(err, moment.ErrForm)) // not by the grammar, or no such day
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-11-23T09:00:00.5+01:00")
	f.Add("2026-12-31t23:59:60z")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := moment.Parse(text)
		if err != nil {
			return
		}
		var other time.Time
		strict := other.UnmarshalText([]byte(strings.ToUpper(text)))
		// nothing that a strict reader refuses
		is.New(t).True(strings.Contains(text, ":60") || strict == nil && other.Equal(at))
	})
}
