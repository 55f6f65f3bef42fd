package rates_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/rates"
)

const defaultLimits = "reads=6000/600,writes=1000/100,creates=600/600,tokens=600,concurrent=8"

func TestParse(t *testing.T) {
	quota := func(application, user int) rates.Quota { return rates.Quota{Application: application, User: user} }
	tests := map[string]struct {
		want rates.Limits
		text string
	}{
		"off":         {rates.Limits{Off: true}, "off"},
		defaultLimits: {rates.Default(), defaultLimits},
		"creates=5/2": {rates.Limits{Creates: quota(5, 2)}, "creates=5/2"},
		"creates=5/2,writes=999999999/1": {
			rates.Limits{Writes: quota(999_999_999, 1), Creates: quota(5, 2)}, "writes=999999999/1,creates=5/2"},
		"concurrent=1,tokens=60,reads=1/2": {
			rates.Limits{Reads: quota(1, 2), Tokens: 60, Concurrent: 1}, "reads=1/2,tokens=60,concurrent=1"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			got, err := rates.Parse(text)
			is.NoErr(err)
			is.Equal(got, test.want)
			is.Equal(got.String(), test.text) // in one order, without what is not set
		})
	}
	is.New(t).Equal(rates.Limits{}.String(), "") // nothing is set
}

func TestOr(t *testing.T) {
	is := is.New(t)
	own, err := rates.Parse("reads=1/2,concurrent=3")
	is.NoErr(err)
	is.Equal(own.Or(rates.Default()).String(), "reads=1/2,writes=1000/100,creates=600/600,tokens=600,concurrent=3")
	is.Equal(rates.Limits{}.Or(own), own)                     // what is not set is the others'
	is.Equal(own.Or(rates.Limits{Off: true}), own)            // but for Off, which is no number
	is.Equal(rates.Limits{Off: true}.Or(own).String(), "off") // and stays
	is.Equal(own.Of(rates.Reads), rates.Quota{Application: 1, User: 2})
	is.Equal(rates.Default().Of(rates.Tokens), rates.Quota{Application: 600}) // which are of no user
	is.Equal(own.Of("rooms"), rates.Quota{})
}

func TestCheck(t *testing.T) {
	for name, limits := range map[string]rates.Limits{
		"reads": {Reads: rates.Quota{Application: -1}}, "writes": {Writes: rates.Quota{User: -1}},
		"creates": {Creates: rates.Quota{Application: 1_000_000_000}}, "tokens": {Tokens: -1}, "concurrent": {Concurrent: -1},
	} {
		is := is.New(t)
		err := limits.Check()
		is.True(err != nil)
		is.True(strings.Contains(err.Error(), name)) // names the faulty limit
	}
	is.New(t).NoErr(rates.Default().Check())
	is.New(t).NoErr(rates.Limits{}.Check())
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]struct{ part, why string }{
		"":                            {"", "reads=, writes= or creates="},
		"Off":                         {"Off", "reads=, writes= or creates="},
		"off,reads=1/1":               {"off", "off stands alone"},
		"reads=1/1,off":               {"off", "off stands alone"},
		"reads=1/1,":                  {"", "reads=, writes= or creates="},
		"rooms=1/1":                   {"rooms=1/1", "reads=, writes= or creates="},
		"READS=1/1":                   {"READS=1/1", "reads=, writes= or creates="},
		"reads=1/1, writes=1/1":       {" writes=1/1", "reads=, writes= or creates="},
		"reads=1/1;writes=1/1":        {"reads=1/1;writes=1/1", "reads=600/60"},
		"reads=1/1,reads=2/2":         {"reads=2/2", "second time"},
		"reads":                       {"reads", "reads=600/60"},
		"writes=":                     {"writes=", "writes=600/60"},
		"creates=5":                   {"creates=5", "creates=600/60"},
		"creates=5/":                  {"creates=5/", "creates=600/60"},
		"creates=/5":                  {"creates=/5", "creates=600/60"},
		"creates=5/2/1":               {"creates=5/2/1", "creates=600/60"},
		"creates=0/1":                 {"creates=0/1", "from 1 to 999999999"},
		"creates=1/0":                 {"creates=1/0", "from 1 to 999999999"},
		"creates=-5/2":                {"creates=-5/2", "creates=600/60"},
		"creates=+5/2":                {"creates=+5/2", "creates=600/60"},
		"creates=05/2":                {"creates=05/2", "creates=600/60"},
		"creates=5.0/2":               {"creates=5.0/2", "creates=600/60"},
		"creates=1_000/2":             {"creates=1_000/2", "creates=600/60"},
		"creates=1000000000/2":        {"creates=1000000000/2", "from 1 to 999999999"},
		"creates=١/٢":                 {"creates=١/٢", "creates=600/60"},
		"reads=1/1,writes=x/1,off=\n": {"writes=x/1", "writes=600/60"},
		"tokens=600/60":               {"tokens=600/60", "tokens=600"},
		"tokens=":                     {"tokens=", "tokens=600"},
		"tokens=0":                    {"tokens=0", "from 1 to 999999999"},
		"tokens=1,tokens=2":           {"tokens=2", "second time"},
		"concurrent=08":               {"concurrent=08", "concurrent=600"},
		"concurrent":                  {"concurrent", "concurrent=600"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			limits, err := rates.Parse(text)
			is.True(err != nil)
			is.Equal(limits, rates.Limits{})
			is.True(strings.HasPrefix(err.Error(), fmt.Sprintf("%q ", test.part))) // names the faulty part
			is.True(strings.Contains(err.Error(), test.why))                       // and says what is wrong with it
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"off", defaultLimits, "creates=5/2", "reads=0/1",
		"reads=1/1,reads=1/1", "tokens=1,concurrent=2", "writes=999999999/999999999", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, err := rates.Parse(text)
		if err != nil {
			return
		}
		is := is.New(t)
		again, err := rates.Parse(limits.String())
		is.NoErr(err)
		is.Equal(again.String(), limits.String()) // what is written can be read
		if !limits.Off {
			for part := range strings.SplitSeq(text, ",") {
				is.True(strings.Contains(","+limits.String()+",", ","+part+",")) // nothing was read otherwise than it is written
			}
		}
	})
}
