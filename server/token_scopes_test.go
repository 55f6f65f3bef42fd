package server_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

func TestTokenScopes(t *testing.T) {
	const (
		notPermitted = "The requested delegation is not permitted."
		notHeld      = "The parameter scope names an action that is unknown or not granted to the client."
		noAddress    = "The parameter scope must name the e-mail address of a user."
		badAddress   = "The e-mail address, in the parameter scope or the subject of the assertion, " +
			"is not plain ASCII of the usual form."
		badWords = "The parameter scope must be words of printable ASCII with spaces between them."
	)
	each(t, func(t *testing.T, a *api) {
		_, err := a.registry.SetUserActive(t.Context(), "bob@example.com", false)
		is.New(t).NoErr(err)
		a.addUser("carol@example.net")
		a.change(func(app *delegation.Application) { app.Scopes = scopes.NewSet(scopes.RoomsList, scopes.RoomsCreate) })
		tests := map[string]struct{ scope, description string }{
			"forbidden domain":      {"carol@example.net", notPermitted},
			"forbidden and unknown": {"nobody@example.net", notPermitted},
			"unknown user":          {"nobody@example.com", notPermitted},
			"inactive user":         {"bob@example.com", notPermitted},
			"a longer domain":       {"alice@evilexample.com", notPermitted},
			"a sub-domain":          {"alice@sub.example.com", notPermitted},
			"a tagged address":      {"alice+x@example.com", notPermitted},
			"an unheld action": {"alice@example.com rooms:delete",
				"The action rooms:delete, in the parameter scope, is not granted to the client."},
			"an unknown action":  {"alice@example.com rooms:*", notHeld},
			"a very long action": {"alice@example.com " + strings.Repeat("x", 200), notHeld},
			"an address alone":   {"alice@example.com,rooms:list", badAddress},
			"no address":         {"rooms:list", noAddress},
			"nothing":            {"", noAddress},
			"blanks":             {" \t\n", noAddress},
			"two addresses": {"alice@example.com bob@example.com", "The request names more than one e-mail address: " +
				"the parameter scope may name one, and none beside that of an assertion."},
			"a routed address":    {"alice%example.com@example.com", badAddress},
			"a quoted local part": {`"alice"@example.com`, badWords},
			"fullwidth letters":   {"alice@ｅxample.com", badWords},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				r := a.ask(a.clientID, a.secret, test.scope)
				refusal(t, r, 400, "invalid_scope")
				is.New(t).Equal(r.json(t)["error_description"], test.description) // fixed: nothing is repeated
			})
		}
		a.change(func(app *delegation.Application) { app.Scopes = scopes.Set{} })
		refusal(t, a.ask(a.clientID, a.secret, "alice@example.com"), 400, "unauthorized_client") // no token without actions
	})
}

func TestUndelegatedToken(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		owned := a.create("", a.token("alice@example.com"))
		a.change(func(app *delegation.Application) { app.Undelegated = true })
		token := a.token("")
		room := a.create(`{"name":"Nobody's"}`, token)
		list := a.call("GET", "/rooms/", "", token).json(t)
		is.Equal(list["count"], 2.0) // all rooms of its own source
		r := a.call("GET", "/rooms/"+owned["id"].(string), "", token)
		is.Equal(r.StatusCode, 200)
		r = a.call("GET", "/rooms/"+room["id"].(string), "", a.token("alice@example.com"))
		is.Equal(r.StatusCode, 404) // a room without an owner is no user's
		r = a.call("DELETE", "/rooms/"+room["id"].(string), "", token)
		is.Equal(r.StatusCode, 204)
	})
}

func TestFailuresAreThrottled(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	other, otherSecret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms(),
		Policy: delegation.Policy{Any: true}})
	var last reply
	for i := 0; i < 200 && last.Response == nil || last.Response != nil && last.StatusCode == 401 && i < 200; i++ {
		last = a.ask(a.clientID, "wrong", "alice@example.com")
	}
	refusal(t, last, 429, "temporarily_unavailable")
	is.True(last.Header.Get("Retry-After") >= "1")                             // says when to come back
	is.Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 200) // a correct secret always works
	is.Equal(a.ask(other, "wrong", "").StatusCode, 401)                        // others are not touched
	is.Equal(a.ask(other, otherSecret, "alice@example.com").StatusCode, 200)
	a.clock.advance(2 * time.Second)
	is.Equal(a.ask(a.clientID, "wrong", "alice@example.com").StatusCode, 401) // and it passes
}

func TestOAuth2Client(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		for name, style := range map[string]oauth2.AuthStyle{"auto": oauth2.AuthStyleAutoDetect,
			"body": oauth2.AuthStyleInParams, "header": oauth2.AuthStyleInHeader} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				config := clientcredentials.Config{
					ClientID: a.clientID, ClientSecret: string(a.secret), TokenURL: a.http.URL + base + "/application/token/",
					Scopes: []string{"alice@example.com", "rooms:create"}, AuthStyle: style,
				}
				ctx := context.WithValue(t.Context(), oauth2.HTTPClient, a.client())
				token, err := config.Token(ctx)
				is.NoErr(err)
				is.Equal(token.Type(), "Bearer")
				is.Equal(token.Extra("scope"), "rooms:create")
				response, err := config.Client(ctx).Post(a.http.URL+base+"/rooms/", "application/json",
					bytes.NewReader([]byte("{}")))
				is.NoErr(err)
				defer response.Body.Close()
				is.Equal(response.StatusCode, 201) // a stock client needs no special case
			})
		}
	})
}

func TestProvisioningAtOnce(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		a.change(func(app *delegation.Application) { app.Provision = true })
		statuses := atOnce(16, func() int { return a.ask(a.clientID, a.secret, "new@example.com").StatusCode })
		for _, status := range statuses {
			is.Equal(status, 200) // everybody gets a token
		}
		users, err := a.registry.Users(t.Context())
		is.NoErr(err)
		is.Equal(len(users), 3) // alice, bob and one new user
	})
}
