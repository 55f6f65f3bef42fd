package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

const defaultLimits = "reads=6000/600,writes=1000/100,creates=600/60"

func TestParseRateLimits(t *testing.T) {
	quota := func(application, user int) server.Quota { return server.Quota{Application: application, User: user} }
	tests := map[string]struct {
		want server.RateLimits
		text string
	}{
		"off": {server.RateLimits{Off: true}, "off"},
		defaultLimits: {server.RateLimits{Reads: quota(6000, 600), Writes: quota(1000, 100), Creates: quota(600, 60)},
			defaultLimits},
		"creates=5/2": {server.RateLimits{Creates: quota(5, 2)}, "reads=6000/600,writes=1000/100,creates=5/2"},
		"creates=5/2,writes=999999999/1": {
			server.RateLimits{Writes: quota(999_999_999, 1),
				Creates: quota(5, 2)}, "reads=6000/600,writes=999999999/1,creates=5/2"},
		"reads=1/2": {server.RateLimits{Reads: quota(1, 2)}, "reads=1/2,writes=1000/100,creates=600/60"},
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			got, err := server.ParseRateLimits(text)
			is.NoErr(err)
			is.Equal(got, test.want)
			is.Equal(got.String(), test.text) // in one order, with the defaults
		})
	}
	is.New(t).Equal(server.RateLimits{}.String(), defaultLimits) // zero means the defaults
}

func TestParseRateLimitsRefuses(t *testing.T) {
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
	}
	for text, test := range tests {
		t.Run(text, func(t *testing.T) {
			is := is.New(t)
			limits, err := server.ParseRateLimits(text)
			is.True(err != nil)
			is.Equal(limits, server.RateLimits{})
			is.True(strings.HasPrefix(err.Error(), fmt.Sprintf("%q ", test.part))) // names the faulty part
			is.True(strings.Contains(err.Error(), test.why))                       // and says what is wrong with it
		})
	}
}

func FuzzParseRateLimits(f *testing.F) {
	for _, text := range []string{"off", defaultLimits, "creates=5/2", "reads=0/1", "reads=1/1,reads=1/1",
		"writes=999999999/999999999", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits, err := server.ParseRateLimits(text)
		if err != nil {
			return
		}
		is := is.New(t)
		again, err := server.ParseRateLimits(limits.String())
		is.NoErr(err)
		is.Equal(again.String(), limits.String()) // what is written can be read
		if !limits.Off {
			for part := range strings.SplitSeq(text, ",") {
				is.True(strings.Contains(","+limits.String()+",", ","+part+",")) // nothing was read otherwise than it is written
			}
		}
	})
}

func TestNewRefusesRateLimits(t *testing.T) {
	a := onSQLite(t)
	tests := map[string]server.RateLimits{
		"reads":   {Reads: server.Quota{Application: -1}},
		"writes":  {Writes: server.Quota{User: -1}},
		"creates": {Creates: server.Quota{Application: 1_000_000_000}},
	}
	for name, limits := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			config := a.config
			config.RateLimits = limits
			_, err := server.New(t.Context(), config)
			is.True(err != nil)
			is.True(strings.Contains(err.Error(), "Config.RateLimits"))
			is.True(strings.Contains(err.Error(), name)) // names the faulty quota
		})
	}
}
