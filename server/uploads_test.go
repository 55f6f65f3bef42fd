package server_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// impatient is a listener whose connections shorten every deadline for reading, so
// that the end of a server's patience need not be waited for.
type impatient struct{ net.Listener }

// Accept implements net.Listener.
func (l impatient) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return shortOf{conn}, err
}

type shortOf struct{ net.Conn }

// SetReadDeadline implements net.Conn.
func (c shortOf) SetReadDeadline(t time.Time) error {
	if soon := time.Now().Add(50 * time.Millisecond); t.After(soon) {
		t = soon
	}
	return c.Conn.SetReadDeadline(t)
}

// losingPatience has a server answer at another place, where it waits for no one.
func (a *api) losingPatience() *api {
	a.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	is.New(a.T).NoErr(err)
	hasty := &http.Server{Handler: a.http.Config.Handler, ErrorLog: a.http.Config.ErrorLog}
	go func() { _ = hasty.Serve(impatient{listener}) }()
	a.Cleanup(func() { _ = hasty.Close() })
	a.http.URL = "http://" + listener.Addr().String()
	return a
}

// stall sends a request whose body begins and does not go on.
func (a *api) stall(method, path string, headers ...string) reply {
	a.Helper()
	body, beginning := io.Pipe()
	go func() { _, _ = io.WriteString(beginning, "{") }()
	request, err := http.NewRequestWithContext(a.Context(), method, a.http.URL+path, body)
	is.New(a.T).NoErr(err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	is.New(a.T).NoErr(err)
	r := read(a.T, response)
	a.conforms(request, r)
	return r
}

func TestSlowUploads(t *testing.T) {
	queries := &queryCount{}
	a := serve(t, dbtest.Open(t, dbtest.SQLite(t)).WithQueryHook(queries))
	for _, o := range operations(t) {
		if !withBody(o) {
			continue
		}
		t.Run(o.OperationID, func(t *testing.T) {
			is := is.New(t)
			w := a.world()
			path := w.path(o)
			patient := a.http.URL
			defer func() { a.http.URL = patient }()
			a.losingPatience()
			before := queries.n.Load()
			r := a.stall(o.method, w.basePath()+path, w.token, jsonType)
			is.Equal(r.StatusCode, 408)                               // not the content's fault
			is.True(r.Close)                                          // the rest is not waited for
			is.Equal(queries.n.Load(), before)                        // and no store was asked before the body was there
			is.True(strings.Contains(a.log.String(), `"status":408`)) // which is told to the operator
		})
	}
}

// queryCount counts queries.
type queryCount struct{ n atomic.Int64 }

// BeforeQuery implements bun.QueryHook.
func (c *queryCount) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	c.n.Add(1)
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (c *queryCount) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestBodiesAreJudgedInTheirTurn: that the body comes first does not change what is
// refused first.
func TestBodiesAreJudgedInTheirTurn(t *testing.T) {
	a := onSQLite(t)
	wide, narrow := a.token("alice@example.com"), a.token("alice@example.com rooms:list")
	large, text := strings.Repeat("x", 300<<10), "Content-Type: text/plain"
	for name, test := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
	}{
		"no token, and no JSON":         {"POST", "/rooms/", "x", []string{text}, 401},
		"no token, and too large":       {"POST", "/rooms/", large, []string{text}, 401},
		"a bad token, and no JSON":      {"POST", "/rooms/", "x", []string{wide + "x", text}, 401},
		"a bad token, and too large":    {"POST", "/rooms/", large, []string{wide + "x", text}, 401},
		"a bad token, and a large set":  {"PUT", "/rooms/x/attendees/", large[:200<<10], []string{wide + "x", jsonType}, 401},
		"no scope, and no JSON":         {"POST", "/rooms/", "x", []string{narrow, text}, 403},
		"no scope, and too large":       {"POST", "/rooms/", large, []string{narrow, jsonType}, 403},
		"no such method, and too large": {"PUT", "/rooms/", large, []string{text}, 405},
		"too large, and no JSON":        {"POST", "/rooms/", large, []string{wide, text}, 413},
		"no JSON":                       {"POST", "/rooms/", "x", []string{wide, text}, 415},
		"no JSON, and no room":          {"PUT", "/rooms/x/attendees/", "x", []string{wide, text}, 415},
	} {
		t.Run(name, func(t *testing.T) {
			is.New(t).Equal(a.send(test.method, test.path, test.body, test.headers...).StatusCode, test.status)
		})
	}
}

// TestCutConnections ends connections in the middle of bodies.
func TestCutConnections(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	for _, request := range []string{
		"POST " + base + "/rooms/ HTTP/1.1\r\nHost: x\r\n" + token + "\r\nContent-Length: 100\r\n",
		"POST " + base + "/rooms/ HTTP/1.1\r\nHost: x\r\n" + token + "\r\nTransfer-Encoding: chunked\r\n",
		"POST " + base + "/application/token/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n",
	} {
		before := strings.Count(a.log.String(), `"status":499`)
		conn := a.dial(request + jsonType + "\r\n\r\n5\r\n{")
		is.NoErr(conn.(*net.TCPConn).CloseWrite())
		answer, err := io.ReadAll(conn)
		is.NoErr(err)
		is.Equal(string(answer), "") // there is no one to answer
		a.waitForRecords(`"status":499`, before+1)
	}
	is.Equal(a.count(token), 0.0)                              // half of a request is none
	is.True(!strings.Contains(a.log.String(), `"status":400`)) // and the content is not blamed
	is.True(!strings.Contains(a.log.String(), `"level":"ERROR"`))
	conn := a.dial("POST " + base + "/rooms/ HTTP/1.1\r\nHost: x\r\n" + token +
		"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{")
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	is.NoErr(err)
	is.Equal(response.StatusCode, 400) // what is no chunk is the sender's fault
	is.NoErr(response.Body.Close())
}

// dial sends the beginning of a request on a connection of its own.
func (a *api) dial(text string) net.Conn {
	a.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.http.URL, "http://"))
	is.New(a.T).NoErr(err)
	a.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, text)
	is.New(a.T).NoErr(err)
	return conn
}

// waitForRecords waits until a text stands so often in the log.
func (a *api) waitForRecords(text string, n int) {
	a.Helper()
	for deadline := time.Now().Add(30 * time.Second); strings.Count(a.log.String(), text) < n; {
		if time.Now().After(deadline) {
			a.Fatalf("%s is not %d times in the log: %s", text, n, a.log)
		}
	}
}

// delaying is a hook that delays one query.
type delaying struct{ by atomic.Int64 }

// BeforeQuery implements bun.QueryHook.
func (d *delaying) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if by := time.Duration(d.by.Swap(0)); by > 0 {
		<-time.After(by)
	}
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (d *delaying) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestSlowStores: the patience of a server with those who send ends with what they
// send. What a store takes is another matter.
func TestSlowStores(t *testing.T) {
	is := is.New(t)
	delay := &delaying{}
	a := serve(t, dbtest.Open(t, dbtest.SQLite(t)).WithQueryHook(delay))
	token := a.token("alice@example.com")
	a.losingPatience() // after 50 milliseconds
	for _, one := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/rooms/", `{"name":"Budget"}`, 201}, {"POST", "/rooms/", "", 201}, {"GET", "/rooms/", "", 200},
	} {
		delay.by.Store(int64(200 * time.Millisecond))
		is.Equal(a.call(one.method, one.path, one.body, token).StatusCode, one.status)
		is.Equal(delay.by.Load(), int64(0))
	}
	is.True(!strings.Contains(a.log.String(), `"status":499`)) // no one left
}
