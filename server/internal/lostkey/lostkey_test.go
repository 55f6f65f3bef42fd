package lostkey_test

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/lostkey"
)

func application() delegation.Application {
	return delegation.Application{Name: "Calendar", Scopes: scopes.NewSet(scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}}
}

// tokenStatus returns the status of a request for a token.
func tokenStatus(t *testing.T, api *server.Server, id string, secret delegation.Secret) int {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {string(secret)},
		"scope": {"alice@example.com"}}.Encode()
	request := httptest.NewRequest("POST", "/external-api/v1.0/application/token/", strings.NewReader(form))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, request)
	return answer.Code
}

// TestANewRootKeyStarts loses the root key of a database and goes on with another.
func TestANewRootKeyStarts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		lost, fresh := delegation.NewRootKeys(), delegation.NewRootKeys()
		config := server.Config{URL: "https://meet.example.org", RootKeys: lost, DB: db}
		_, err := server.New(t.Context(), config) // makes a signing key
		is.NoErr(err)
		reg, err := registry.New(registry.Config{DB: db, RootKeys: lost})
		is.NoErr(err)
		app, secret, err := reg.CreateApplication(t.Context(), application())
		is.NoErr(err)
		_, err = reg.AddUser(t.Context(), "alice@example.com")
		is.NoErr(err)

		config.RootKeys = fresh
		_, err = server.New(t.Context(), config)
		is.True(errors.Is(err, registry.ErrRootKeyMismatch)) // as long as a key is there that it does not open
		given, err := lostkey.Reset(t.Context(), db, time.Now())
		is.NoErr(err)
		is.Equal(given, lostkey.Given{Keys: 1, Secrets: 1})
		api, err := server.New(t.Context(), config)
		is.NoErr(err)                                            // a new signing key is made
		is.Equal(tokenStatus(t, api, app.ClientID, secret), 401) // whose MAC is under the lost key
		reg, err = registry.New(registry.Config{DB: db, RootKeys: fresh})
		is.NoErr(err)
		_, next, err := reg.AddSecret(t.Context(), app.ClientID, "", time.Time{})
		is.NoErr(err)
		is.Equal(tokenStatus(t, api, app.ClientID, next), 200) // application, policy and user are as they were
		given, err = lostkey.Reset(t.Context(), db, time.Now())
		is.NoErr(err)
		is.Equal(given, lostkey.Given{Keys: 1, Secrets: 1}) // what has ended is not ended again
	})
}
