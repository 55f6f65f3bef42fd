package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
)

// client calls the API for alice.
type client struct {
	*http.Client
	url string
}

// serve runs the API on the product's tables, with an application that sees all of its users' rooms.
func serve(t *testing.T, db *bun.DB) client {
	t.Helper()
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	handler, err := newAPI(t.Context(), db, rootKeys)
	is.NoErr(err)
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	reg, err := registry.New(registry.Config{DB: db, RootKeys: rootKeys})
	is.NoErr(err)
	app, secret, err := reg.CreateApplication(t.Context(), delegation.Application{Name: "Calendar", Scopes: scopes.All(),
		Reach: delegation.ReachUser, Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	is.NoErr(err)
	base := api.URL + "/external-api/v1.0"
	config := clientcredentials.Config{ClientID: app.ClientID, ClientSecret: string(secret),
		TokenURL: base + "/application/token/", Scopes: []string{"alice@example.com"}}
	return client{config.Client(t.Context()), base}
}

// do sends a request, and returns the status, the header and the decoded body.
func (c client) do(t *testing.T, method, path, body string, header ...string) (int, http.Header, map[string]any) {
	t.Helper()
	is := is.New(t)
	request, err := http.NewRequestWithContext(t.Context(), method, c.url+path, strings.NewReader(body))
	is.NoErr(err)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := c.Do(request)
	is.NoErr(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	is.NoErr(err)
	var object map[string]any
	if bytes.HasPrefix(text, []byte("{")) {
		is.NoErr(json.Unmarshal(text, &object))
	}
	return response.StatusCode, response.Header, object
}

// TestTheAPIOnLegacyRooms drives what has an id or a slug in it.
func TestTheAPIOnLegacyRooms(t *testing.T) {
	each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		c := serve(t, db)
		status, header, room := c.do(t, "GET", "/rooms/42/", "")
		is.Equal(status, 200)
		is.Equal([]any{room["id"], room["slug"], room["name"], room["url"]},
			[]any{"42", "retro.2026", "Retrospective", "http://localhost:8000/retro.2026"})
		for _, path := range []string{"/rooms/042/", "/rooms/44/", "/rooms/43/", "/rooms/Team-Standup/", "/rooms/4%2F2/",
			"/rooms/-42/", "/rooms/99999999999999999999/", "/rooms/bobs-own/"} {
			status, _, _ := c.do(t, "GET", path, "")
			is.Equal(status, 404) // another text, or another's room
		}
		for _, path := range []string{"/rooms/team-standup/", "/rooms/10"} {
			_, _, room := c.do(t, "GET", path, "")
			is.Equal(room["id"], "10")
		}
		_, _, found := c.do(t, "GET", "/rooms/?slug=team-standup", "")
		is.Equal(idsOf(found), []any{"10"})
		status, _, refused := c.do(t, "GET", "/rooms/?slug=a%2Fb&page=0", "")
		is.Equal(status, 400)
		is.Equal(len(refused["errors"].([]any)), 2) // every fault
		_, _, found = c.do(t, "POST", "/rooms/lookup/", `{"url":"http://localhost:8000/team-standup"}`)
		is.Equal(found["id"], "10")

		status, _, changed := c.do(t, "PATCH", "/rooms/42/", `{"name":"Retro"}`, "If-Match", header.Get("ETag"))
		is.Equal(status, 200)
		is.Equal(changed["name"], "Retro")
		status, _, _ = c.do(t, "PATCH", "/rooms/42/", `{"name":"X"}`, "If-Match", header.Get("ETag"))
		is.Equal(status, 412) // the tag was of the version before
		status, _, invitation := c.do(t, "GET", "/rooms/42/invitation/", "", "Accept", "application/json")
		is.True(status == 200 && invitation != nil)
		var title string
		is.NoErr(db.DB.QueryRow("SELECT title FROM meetings WHERE id = 42").Scan(&title))
		is.Equal(title, "Retro") // where the product reads it

		status, header, made := c.do(t, "POST", "/rooms/", `{"name":"New","external_id":"uid-1"}`)
		is.Equal(status, 201)
		is.Equal(made["id"], "44") // the next number
		is.True(strings.HasSuffix(header.Get("Location"), "/rooms/44/"))
		status, _, _ = c.do(t, "DELETE", "/rooms/44/", "")
		is.Equal(status, 204)
	})
}

// TestListsOfNumbers: pages go on after a cursor in the order of the numbers, in which 9 stands before 10.
func TestListsOfNumbers(t *testing.T) {
	each(t, func(t *testing.T, db *bun.DB) {
		c := serve(t, db)
		for order, want := range map[string][]any{"-created_at": {"42", "10", "9"}, "created_at": {"9", "10", "42"}} {
			is := is.New(t)
			var seen []any
			next := "/rooms/?page_size=1&order=" + order
			for next != "" {
				_, _, page := c.do(t, "GET", next, "")
				is.Equal(page["count"], 3.0)
				seen = append(seen, idsOf(page)...)
				link, _ := page["next"].(string)
				next = ""
				if at, err := url.Parse(link); link != "" {
					is.NoErr(err)
					next = "/rooms/?" + at.RawQuery
				}
			}
			is.Equal(seen, want)
		}
	})
}

// idsOf returns the ids of the rooms on a page.
func idsOf(page map[string]any) (ids []any) {
	for _, room := range page["results"].([]any) {
		ids = append(ids, room.(map[string]any)["id"])
	}
	return ids
}

// TestAccounts runs the suite that every directory of users must pass.
func TestAccounts(t *testing.T) {
	each(t, func(t *testing.T, db *bun.DB) {
		next := 100
		_, err := db.DB.Exec("UPDATE accounts SET mail = 'product-' || mail")
		is.New(t).NoErr(err)
		delegationtest.Users(t, func(t *testing.T) delegationtest.UsersFixture {
			_, err := db.DB.Exec("DELETE FROM accounts WHERE id > 9")
			is.New(t).NoErr(err)
			add := func(t *testing.T, email delegation.Email, active bool) string {
				next++
				_, err := db.DB.Exec("INSERT INTO accounts (id, mail, blocked) VALUES ($1, $2, $3)", next, string(email), !active)
				is.New(t).NoErr(err)
				return strconv.Itoa(next)
			}
			return delegationtest.UsersFixture{Users: accounts{db.DB}, Add: add, NewID: func() string { return "99" }}
		})
	})
}
