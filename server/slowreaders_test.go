package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
)

// pipes is a listener for connections without any buffer: what a server writes to
// one stays with the server until the other end reads it.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

// Accept implements net.Listener.
func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p pipes) Close() error { return nil }

// Addr implements net.Listener.
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// pipes returns a listener on which the server answers until the test ends.
func (a *api) pipes() pipes {
	p := pipes{make(chan net.Conn), make(chan struct{})}
	slow := &http.Server{Handler: a.http.Config.Handler, ErrorLog: a.http.Config.ErrorLog}
	go func() { _ = slow.Serve(p) }()
	a.Cleanup(func() {
		close(p.done)
		_ = slow.Close()
	})
	return p
}

// ask sends a request and returns the connection from which its answer can be read.
func (p pipes) ask(t *testing.T, path, token string) net.Conn {
	t.Helper()
	is := is.New(t)
	own, theirs := net.Pipe()
	p.conns <- theirs
	if token != "" {
		token += "\r\n"
	}
	_, err := fmt.Fprintf(own, "GET %s%s HTTP/1.1\r\nHost: x\r\n%s\r\n", base, path, token)
	is.NoErr(err)
	return own
}

// head reads an answer as far as its body.
func head(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
	is.New(t).NoErr(err)
	return response
}

// furnished returns the token of an application with as many rooms as a page has,
// each of 8 KiB.
func (a *api) furnished() string {
	a.Helper()
	clientID, secret := a.other()
	token := a.tokenOf(clientID, secret, "alice@example.com")
	body := `{"configuration":{"of_the_host":"` + strings.Repeat("x", 8000) + `"}}`
	for range 100 {
		a.create(body, token)
	}
	return token
}

// TestSlowReadersKeepTheirPlaces asks for lists and does not read them.
func TestSlowReadersKeepTheirPlaces(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, anySettings)
	token, slow := a.furnished(), a.pipes()
	var reading []*http.Response
	for range 8 {
		response := head(t, slow.ask(t, "/rooms/?page_size=100", token))
		is.Equal(response.StatusCode, 200)
		reading = append(reading, response)
	}
	r := a.call("GET", "/rooms/", "", token)
	problem(t, r, 429, "rate_limited") // an answer that is not read keeps its place
	is.Equal(r.Header.Get("Retry-After"), "1")
	is.Equal(a.call("GET", "/rooms/", "", a.token("alice@example.com")).StatusCode, 200) // another application has its own
	n, err := io.Copy(io.Discard, reading[0].Body)
	is.NoErr(err)
	is.True(n > 256<<10)
	next := head(t, slow.ask(t, "/rooms/", token))
	for next.StatusCode == 429 { // the last bytes are read a moment before the place is free
		next = head(t, slow.ask(t, "/rooms/", token))
	}
	is.Equal(next.StatusCode, 200) // and gives it back when it is read
}

// TestPagesAreBounded reads a list of large rooms to its end.
func TestPagesAreBounded(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, anySettings)
	token, seen := a.furnished(), map[any]bool{}
	for next := any(apiURL + "/rooms/?page_size=100"); next != nil; {
		r := a.call("GET", strings.TrimPrefix(next.(string), apiURL), "", token)
		is.True(len(r.body) <= 520<<10) // whatever is in the rooms
		list := r.json(t)
		is.Equal(list["count"], 100.0)
		for _, room := range list["results"].([]any) {
			is.True(!seen[room.(object)["id"]]) // no room twice
			seen[room.(object)["id"]] = true
		}
		next = list["next"]
		is.Equal(next != nil, r.Header.Get("Link") != "")
		is.True(next == nil || len(list["results"].([]any)) > 50) // as many as have room
	}
	is.Equal(len(seen), 100) // and none is left out
	r := a.call("GET", "/rooms/?page=2&page_size=40", "", token)
	is.Equal(len(r.json(t)["results"].([]any)), 40) // a page that is small enough is not cut
	is.True(strings.Contains(r.json(t)["next"].(string), "page=3"))
}

// TestSlowReadersTakeLittleMemory has a thousand readers that read one byte of
// their answers: half of them of a script, the others of lists.
func TestSlowReadersTakeLittleMemory(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, anySettings)
	var tokens []string
	for range 4 {
		tokens = append(tokens, a.furnished())
	}
	slow := a.pipes()
	before := inUse()
	conns := make([]net.Conn, 1000)
	for i := range conns {
		path, token := "/docs/swagger-ui-bundle.js", ""
		if i%2 == 0 {
			path, token = "/rooms/?page_size=100", tokens[i/2%len(tokens)]
		}
		conns[i] = slow.ask(t, path, token)
		_, err := conns[i].Read(make([]byte, 1))
		is.NoErr(err) // the answer has begun
	}
	held := inUse() - before
	t.Logf("%d readers hold %d MiB", len(conns), held>>20)
	is.True(held < 200<<20) // constants are shared, and lists are few and bounded
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// inUse returns how many bytes of memory the process uses, without what nothing
// refers to.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestOutputIsBounded sends what is large and faulty in every way.
func TestOutputIsBounded(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		path, _ := a.roomWith("", token)
		attendee := `{"email":"` + strings.Repeat(`\"`, 100) + `","\"\"` + strings.Repeat(`\"`, 100) + `":1},`
		attendees := strings.TrimRight(strings.Repeat(attendee, 500), ",")
		names := func(n int, format string) string {
			var text strings.Builder
			for i := range n {
				fmt.Fprintf(&text, format, i)
			}
			return strings.TrimRight(text.String(), ",&")
		}
		quoted := `"%d` + strings.Repeat(`\"`, 40) + `":1,`
		answers := map[string]reply{
			"attendees":   a.call("PUT", path+"attendees/", `{"attendees":[`+attendees+`]}`, token),
			"fields":      a.call("POST", "/rooms/", "{"+names(330, quoted)+"}", token),
			"a field":     a.call("POST", "/rooms/", `{"`+strings.Repeat(`\"`, 15000)+`":1}`, token),
			"settings":    a.call("POST", "/rooms/", `{"configuration":{`+names(300, quoted)+"}}", token),
			"metadata":    a.call("POST", "/rooms/", `{"metadata":{`+names(300, quoted)+"}}", token),
			"parameters":  a.call("GET", "/rooms/?"+names(2000, "p%d=1%%22&"), "", token),
			"a parameter": a.call("GET", "/rooms/?"+strings.Repeat("%22", 9000)+"=1", "", token),
			"a path":      a.call("GET", "/rooms/"+strings.Repeat("%22", 9000)+"/", "", token),
			"a method":    a.call(strings.Repeat("M", 9000), "/rooms/", "", token),
			"a scope":     a.ask(a.clientID, a.secret, "alice@example.com "+strings.Repeat("x", 6000)),
			"a token":     a.call("GET", "/rooms/", "", "Authorization: Bearer "+strings.Repeat("x", 20000)),
			"an id":       a.send("GET", "/rooms/", "", token, "X-Request-Id: "+strings.Repeat("x", 20000)),
		}
		for name, r := range answers {
			if len(r.body) > 8<<10 {
				t.Errorf("%s: an answer of %d bytes", name, len(r.body)) // a refusal is bounded
			}
		}
		a.recordsAreBounded(t)
		is.True(strings.Contains(answers["attendees"].body, `"errors_omitted"`)) // what is left out is counted
	})
}

// recordsAreBounded asserts that no record of the log has more than 8 KiB.
func (a *api) recordsAreBounded(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(a.log.String()) {
		if len(line) > 8<<10 {
			t.Errorf("a record of %d bytes: %.200s", len(line), line)
		}
	}
}

// TestPanicsAreBounded panics with a text that grows when it is logged.
func TestPanicsAreBounded(t *testing.T) {
	a := onSQLite(t, func(c *server.Config) {
		c.Users = panickyUsers{}
	})
	problem(t, a.call("GET", "/rooms/", "", "Authorization: Bearer x"), 401, "invalid_token")
	is.New(t).Equal(a.ask(a.clientID, a.secret, "alice@example.com").StatusCode, 500)
	is.New(t).True(strings.Contains(a.log.String(), `"msg":"panic"`))
	a.recordsAreBounded(t)
}

// panickyUsers is a directory that ends in a panic.
type panickyUsers struct{ delegation.Users }

func (panickyUsers) UserByEmail(context.Context, delegation.Email) (delegation.User, error) {
	panic(strings.Repeat("\x00", 20000))
}
