package server_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
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
		RoomURL: "meet", BasePath: "/:x", TokenTTL: 1, DefaultAccessLevel: rooms.Public,
		Telephony:  server.Telephony{Number: "1", Country: "France", PINLength: 5},
		RateLimits: rates.Limits{Reads: rates.Quota{User: -1}},
	})
	is.Equal(wrongFields(err),
		[]string{"URL", "RoomURL", "BasePath", "RootKeys", "DB", "RateLimits", "Telephony.Number", "Telephony.Country",
			"Telephony.PINLength", "TokenTTL", "DefaultAccessLevel"}) // all of them at once
	is.True(strings.Contains(err.Error(), "server: Config.URL is required\n")) // each in a sentence
	db := onSQLite(t).config.DB
	_, err = server.New(t.Context(),
		server.Config{DB: db, URL: publicURL, KeyRotation: time.Second, SigningAlgorithm: "HS256",
			Rooms: rooms.Stores{Attendees: roomsql.New(db)}})
	is.Equal(wrongFields(err), // also of what is in DB
		[]string{"RootKeys", "Rooms.Rooms", "SigningAlgorithm", "KeyRotation", "Rooms.Transactor"})
}

func TestNewGivesUp(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := server.New(ctx, a.plain)
	is.True(errors.Is(err, context.Canceled) && s == nil) // it reads the keys as long as the caller waits
}

func TestNewRefuses(t *testing.T) {
	a := onSQLite(t)
	tests := map[string]struct {
		change func(*server.Config)
		field  string
	}{
		"no URL":                 {func(c *server.Config) { c.URL = "" }, "URL"},
		"a relative URL":         {func(c *server.Config) { c.URL = "/meet" }, "URL"},
		"a URL without host":     {func(c *server.Config) { c.URL = "https://" }, "URL"},
		"another scheme":         {func(c *server.Config) { c.URL = "ftp://meet.example.org" }, "URL"},
		"a URL with a query":     {func(c *server.Config) { c.URL = "https://meet.example.org?x" }, "URL"},
		"a URL with a user":      {func(c *server.Config) { c.URL = "https://u:p@meet.example.org" }, "URL"},
		"a URL with a fragment":  {func(c *server.Config) { c.URL = "https://meet.example.org#" }, "URL"},
		"a bad room URL":         {func(c *server.Config) { c.RoomURL = "meet" }, "RoomURL"},
		"a base path with colon": {func(c *server.Config) { c.BasePath = "/:x" }, "BasePath"},
		"a base path with dots":  {func(c *server.Config) { c.BasePath = "/a/../b" }, "BasePath"},
		"no root key":            {func(c *server.Config) { c.RootKeys = delegation.RootKeys{} }, "RootKeys"},
		"no database":            {func(c *server.Config) { c.DB = nil }, "DB"},
		"a short life":           {func(c *server.Config) { c.TokenTTL = 1 }, "TokenTTL"},
		"a level":                {func(c *server.Config) { c.DefaultAccessLevel = "open" }, "DefaultAccessLevel"},
		"public by default":      {func(c *server.Config) { c.DefaultAccessLevel = rooms.Public }, "DefaultAccessLevel"},
		"a national number":      {func(c *server.Config) { c.Telephony.Number = "0901020304" }, "Telephony.Number"},
		"a country name":         {func(c *server.Config) { c.Telephony.Country = "France" }, "Telephony.Country"},
		"no country":             {func(c *server.Config) { c.Telephony.Country = "" }, "Telephony.Country"},
		"a short PIN":            {func(c *server.Config) { c.Telephony.PINLength = 5 }, "Telephony.PINLength"},
		"a long PIN":             {func(c *server.Config) { c.Telephony.PINLength = 13 }, "Telephony.PINLength"},
		"a PIN without number": {func(c *server.Config) { c.Telephony = server.Telephony{PINLength: 6} },
			"Telephony.Number"},
		"a template of links without a room": {func(c *server.Config) { c.RoomURL = "https://meet.example.org/{name}" },
			"RoomURL"},
		"a link with two rooms": {func(c *server.Config) { c.RoomURL = "https://meet.example.org/{slug}?id={id}" },
			"RoomURL"},
		"any origin":            {func(c *server.Config) { c.CORSOrigins = []string{"*"} }, "CORSOrigins"},
		"an origin with a path": {func(c *server.Config) { c.CORSOrigins = []string{"https://a.example/x"} }, "CORSOrigins"},
		"our own scheme": {func(c *server.Config) {
			c.Authenticators = []server.Authenticator{{Scheme: "bearer", Authenticate: noKey}}
		}, "Authenticators"},
		"a scheme that is none": {func(c *server.Config) {
			c.Authenticators = []server.Authenticator{{Scheme: "Api Key", Authenticate: noKey}}
		}, "Authenticators"},
		"no authenticator": {func(c *server.Config) { c.Authenticators = []server.Authenticator{{Scheme: "ApiKey"}} },
			"Authenticators"},
		"no language": {func(c *server.Config) { c.Invitations.Languages = []string{"english"} },
			"Invitations.Languages"},
		"a language of ours": {func(c *server.Config) { c.Invitations.Languages = []string{"de"} }, "Invitations.Templates"},
		"attendees alone": {func(c *server.Config) { c.Rooms = roomsql.New(c.DB).Stores(); c.Rooms.Rooms = nil },
			"Rooms.Rooms"},
		"events without transactions": {func(c *server.Config) {
			c.Rooms.Rooms, c.OnRoomEvent = roomsql.New(c.DB), func(context.Context, rooms.Event) error { return nil }
		}, "Rooms.Transactor"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			config := a.plain
			test.change(&config)
			s, err := server.New(t.Context(), config)
			is.True(err != nil && s == nil)
			is.Equal(wrongFields(err), []string{strings.TrimPrefix(test.field, "")}) // names the field, and no other
		})
	}
	var log bytes.Buffer
	config := a.plain
	config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, err := server.New(t.Context(), config)
	is.New(t).NoErr(err)
	is.New(t).Equal(log.Len(), 0) // a library is silent at start
}
