package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/demo"
)

// The API of these tests answers everything with a status that nothing else has.
var api = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })

// newDemo returns a demonstration on a database, listening on the loopback interface.
func newDemo(t *testing.T, db *bun.DB, change func(*demo.Config)) *demo.Handler {
	t.Helper()
	config := demo.Config{API: api, DB: db, RootKeys: delegation.NewRootKeys(), URL: "http://127.0.0.1:8080",
		Listener: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&config)
	}
	handler, err := demo.New(t.Context(), config)
	is.New(t).NoErr(err)
	return handler
}

// newRoom creates a room as an application did at that time.
func newRoom(t *testing.T, db *bun.DB, now time.Time, body string) rooms.Room {
	t.Helper()
	is := is.New(t)
	service, err := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), AllowPublic: true,
		Now:          func() time.Time { return now },
		ParseAddress: func(text string) (string, bool) { return text, true }})
	is.NoErr(err)
	var object map[string]any
	is.NoErr(json.Unmarshal([]byte(body), &object))
	caller := rooms.ForUser(rooms.Source{Kind: "application", ID: "app", Name: "Demo"}, "alice")
	room, _, err := service.Create(t.Context(), caller, rooms.ParseChange(object))
	is.NoErr(err)
	return room
}

func ask(handler http.Handler, method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(method, "http://127.0.0.1:8080"+path, nil))
	return answer
}

func TestJoinLinks(t *testing.T) {
	for name, test := range map[string]struct{ level, stranger, user string }{
		"public":     {"public", "enter", "enter"},
		"trusted":    {"trusted", "wait in the lobby", "enter"},
		"restricted": {"restricted", "wait in the lobby", "wait in the lobby"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *bun.DB) {
				is := is.New(t)
				handler := newDemo(t, db, nil)
				room := newRoom(t, db, time.Now(), `{"name":"<b>Budget</b> & \"more\"","access_level":"`+test.level+`"}`)
				answer := ask(handler, "GET", "/"+room.Slug)
				is.Equal(answer.Code, 200)
				page := answer.Body.String()
				for _, part := range []string{
					"&lt;b&gt;Budget&lt;/b&gt; &amp; &#34;more&#34;",            // what others wrote is text
					"<code>" + test.level + "</code>",                           // the level
					"<dt>People who are not signed in</dt><dd>" + test.stranger, // who would wait
					"<dt>Other signed-in users</dt><dd>" + test.user,            // and who would not
				} {
					is.True(strings.Contains(page, part))
				}
				is.True(!strings.Contains(page, "<b>") && !strings.Contains(page, "<script")) // and nothing runs
				policy := answer.Header().Get("Content-Security-Policy")
				is.True(strings.HasPrefix(policy, "default-src 'none'; ")) // nothing is loaded
				is.True(!strings.Contains(policy, "unsafe"))
				is.Equal(answer.Header().Get("Cache-Control"), "no-store")
				is.Equal(ask(handler, "GET", "/"+strings.ToUpper(room.Slug)+"/?from=mail").Code, 200) // as look-ups read links
				is.Equal(ask(handler, "HEAD", "/"+room.Slug).Code, 200)
				is.Equal(ask(handler, "POST", "/"+room.Slug).Code, http.StatusTeapot) // links are opened, nothing else
			})
		})
	}
}

func TestUnknownLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		handler := newDemo(t, db, nil)
		yesterday := time.Now().Add(-24 * time.Hour)
		expired := newRoom(t, db, yesterday, `{"expires_at":"`+yesterday.Add(time.Hour).UTC().Format(time.RFC3339)+`"}`)
		for _, slug := range []string{"zzz-zzzz-zzz", expired.Slug} {
			answer := ask(handler, "GET", "/"+slug)
			is.Equal(answer.Code, 404) // absent, or not there any more
			is.True(strings.Contains(answer.Body.String(), "No such room"))
			is.True(strings.HasPrefix(answer.Header().Get("Content-Security-Policy"), "default-src 'none'; "))
		}
		for _, path := range []string{"/", "/healthz", "/external-api/v1.0/rooms/", "/abc", "/abc-defg-hij/x",
			"/abc_defg-hij"} {
			is.Equal(ask(handler, "GET", path).Code, http.StatusTeapot) // what is no join link is the API's
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", "/zzz-zzzz-zzz", nil).WithContext(ctx))
		is.Equal(answer.Code, 503) // the rooms cannot be read
	})
}

func TestLinksOfProducts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		room := newRoom(t, db, time.Now(), `{"access_level":"trusted"}`)
		for name, test := range map[string]struct {
			roomURL, path string
			status        int
			says          string
		}{
			"no product":       {"", "/" + room.Slug, 200, "--room-url"},
			"below a path":     {"http://127.0.0.1:8080/r/", "/r/" + room.Slug, 200, "--room-url"},
			"not below it":     {"http://127.0.0.1:8080/r", "/" + room.Slug, http.StatusTeapot, "--room-url"},
			"another host":     {"https://meet.example.org", "/" + room.Slug, http.StatusTeapot, "lead to your product"},
			"another protocol": {"https://127.0.0.1:8080", "/" + room.Slug, http.StatusTeapot, "lead to your product"},
		} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				handler := newDemo(t, db, func(c *demo.Config) { c.RoomURL = test.roomURL })
				is.Equal(ask(handler, "GET", test.path).Code, test.status)
				var out, notes bytes.Buffer
				is.NoErr(handler.Introduce(&out, &notes, "file:anteroom.db"))
				is.True(strings.Contains(out.String(), test.says)) // where links lead, and how to change it
				is.Equal(notes.String(), "")
			})
		}
	})
}

func TestForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		const usual = "/external-api/v1.0/docs/form.json"
		for name, test := range map[string]struct {
			change func(*demo.Config)
			path   string
			filled bool
		}{
			"this machine":  {nil, usual, true},
			"other paths":   {at("http://127.0.0.1:8080/p", "/api/"), "/p/api/docs/form.json", true},
			"all addresses": {listeningOn(net.IPv6zero), usual, false},
			"a network":     {listeningOn(net.IPv4(10, 0, 0, 1)), usual, false},
		} {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				answer := ask(newDemo(t, db, test.change), "GET", test.path)
				is.Equal(answer.Code, 200)
				is.Equal(answer.Header().Get("Cache-Control"), "no-store")
				var form map[string]string
				is.NoErr(json.Unmarshal(answer.Body.Bytes(), &form))
				is.Equal(len(form) > 0, test.filled) // the secret is told to this machine alone
				if test.filled {
					is.Equal(form["user"], "alice@example.com")
					is.True(strings.HasPrefix(form["client_secret"], "arsk_"))
				}
			})
		}
	})
}

func TestFormOfOtherNames(t *testing.T) {
	is := is.New(t)
	handler := newDemo(t, dbtest.Open(t, dbtest.SQLite(t)), nil)
	for host, filled := range map[string]bool{
		"127.0.0.1:8080": true, "[::1]:8080": true, "localhost": true, "localhost:1": true,
		"evil.example:8080": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "10.0.0.1": false} {
		request := httptest.NewRequest("GET", "/external-api/v1.0/docs/form.json", nil)
		request.Host = host
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		is.Equal(strings.Contains(answer.Body.String(), "client_secret"), filled) // a rebound name reads no secret
	}
}

func at(url, basePath string) func(*demo.Config) {
	return func(c *demo.Config) { c.URL, c.BasePath = url, basePath }
}

func listeningOn(ip net.IP) func(*demo.Config) {
	return func(c *demo.Config) { c.Listener = &net.TCPAddr{IP: ip, Port: 8080} }
}
