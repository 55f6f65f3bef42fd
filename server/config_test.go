package server_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
)

// wrongFields returns the fields that an error of New names.
func wrongFields(err error) (fields []string) {
	var one *server.ConfigError
	switch joined := err.(type) {
	case interface{ Unwrap() []error }:
		for _, err := range joined.Unwrap() {
			fields = append(fields, wrongFields(err)...)
		}
	default:
		if errors.As(err, &one) {
			fields = append(fields, one.Field)
		}
	}
	return fields
}

func TestNewNamesEveryWrongField(t *testing.T) {
	is := is.New(t)
	_, err := server.New(t.Context(), server.Config{
		RoomURL: "meet", BasePath: "/:x", TokenTTL: 1, Telephony: server.Telephony{Number: "1", Country: "France", PINLength: 5},
		RateLimits: server.RateLimits{Reads: server.Quota{User: -1}},
	})
	is.Equal(wrongFields(err), []string{"URL", "RoomURL", "BasePath", "RootKey", "DB", "TokenTTL", "RateLimits",
		"Telephony.Number", "Telephony.Country", "Telephony.PINLength"}) // all of them at once
	is.True(strings.Contains(err.Error(), "server: Config.URL is required\n")) // each in a sentence
}

func TestNewGivesUp(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := server.New(ctx, a.config)
	is.True(errors.Is(err, context.Canceled) && s == nil) // it reads the keys as long as the caller waits
}

func TestNewRefuses(t *testing.T) {
	a := onSQLite(t)
	tests := map[string]struct {
		change func(*server.Config)
		field  string
	}{
		"no URL":                 {func(c *server.Config) { c.URL = "" }, "Config.URL"},
		"a relative URL":         {func(c *server.Config) { c.URL = "/meet" }, "Config.URL"},
		"a URL without host":     {func(c *server.Config) { c.URL = "https://" }, "Config.URL"},
		"another scheme":         {func(c *server.Config) { c.URL = "ftp://meet.example.org" }, "Config.URL"},
		"a URL with a query":     {func(c *server.Config) { c.URL = "https://meet.example.org?x" }, "Config.URL"},
		"a URL with a user":      {func(c *server.Config) { c.URL = "https://u:p@meet.example.org" }, "Config.URL"},
		"a URL with a fragment":  {func(c *server.Config) { c.URL = "https://meet.example.org#" }, "Config.URL"},
		"a bad room URL":         {func(c *server.Config) { c.RoomURL = "meet" }, "Config.RoomURL"},
		"a base path with colon": {func(c *server.Config) { c.BasePath = "/:x" }, "Config.BasePath"},
		"a base path with dots":  {func(c *server.Config) { c.BasePath = "/a/../b" }, "Config.BasePath"},
		"no root key":            {func(c *server.Config) { c.RootKey = delegation.RootKey{} }, "Config.RootKey"},
		"no database":            {func(c *server.Config) { c.DB = nil }, "Config.DB"},
		"a short life":           {func(c *server.Config) { c.TokenTTL = 1 }, "Config.TokenTTL"},
		"a level":                {func(c *server.Config) { c.DefaultAccessLevel = "open" }, "Config.DefaultAccessLevel"},
		"public by default":      {func(c *server.Config) { c.DefaultAccessLevel = rooms.Public }, "Config.DefaultAccessLevel"},
		"a national number":      {func(c *server.Config) { c.Telephony.Number = "0901020304" }, "Config.Telephony.Number"},
		"a country name":         {func(c *server.Config) { c.Telephony.Country = "France" }, "Config.Telephony.Country"},
		"no country":             {func(c *server.Config) { c.Telephony.Country = "" }, "Config.Telephony.Country"},
		"a short PIN":            {func(c *server.Config) { c.Telephony.PINLength = 5 }, "Config.Telephony.PINLength"},
		"a long PIN":             {func(c *server.Config) { c.Telephony.PINLength = 13 }, "Config.Telephony.PINLength"},
		"a PIN without number":   {func(c *server.Config) { c.Telephony = server.Telephony{PINLength: 6} }, "Config.Telephony.Number"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			config := a.config
			test.change(&config)
			s, err := server.New(t.Context(), config)
			is.True(err != nil && s == nil)
			is.True(strings.Contains(err.Error(), test.field)) // names the field
		})
	}
	var log bytes.Buffer
	config := a.config
	config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, err := server.New(t.Context(), config)
	is.New(t).NoErr(err)
	is.New(t).Equal(log.Len(), 0) // a library is silent at start
}
