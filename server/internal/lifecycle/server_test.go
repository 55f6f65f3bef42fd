package lifecycle_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/lifecycle"
)

// served is a server under test: it answers a request with the body of it.
type served struct {
	*testing.T
	address  string
	signals  chan os.Signal
	ended    chan error
	draining atomic.Bool
	begun    chan bool // a request to /slow has begun
	answers  atomic.Int64
}

// start starts a server until the test ends.
func start(t *testing.T, change func(*lifecycle.Server)) *served {
	t.Helper()
	is := is.New(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	is.NoErr(err)
	s := &served{T: t, address: listener.Addr().String(), signals: make(chan os.Signal, 2), ended: make(chan error, 1),
		begun: make(chan bool, 1)}
	server := lifecycle.Server{HTTP: &http.Server{Handler: s}, Listener: listener,
		Drain: func() { s.draining.Store(true) },
		Delay: 100 * time.Millisecond, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)}
	change(&server)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { s.ended <- server.Serve(ctx, s.signals) }()
	t.Cleanup(cancel)
	return s
}

// ServeHTTP implements http.Handler.
func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		w.Header().Set("Connection", "close")
	}
	if r.URL.Path == "/slow" {
		s.begun <- true
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.answers.Add(1)
	_, _ = w.Write(body)
}

// client is a client that keeps its connection, and sends nothing twice.
type client struct {
	net.Conn
	answers *bufio.Reader
}

func (s *served) dial() (client, error) {
	conn, err := net.DialTimeout("tcp", s.address, 20*time.Second)
	if err != nil {
		return client{}, err
	}
	return client{conn, bufio.NewReader(conn)}, nil
}

func (s *served) connect() client {
	s.Helper()
	c, err := s.dial()
	is.New(s.T).NoErr(err)
	s.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends a request and returns whether the connection can be used again.
func (c client) ask() (again bool, err error) {
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"); err != nil {
		return false, err
	}
	return c.answer()
}

// answer reads an answer.
func (c client) answer() (again bool, err error) {
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && string(body) != "hi" {
		err = fmt.Errorf("an answer of %d: %q", response.StatusCode, body)
	}
	return !response.Close, err
}

// load asks on one connection after the other until new ones are refused. It returns
// how many requests were answered.
func (s *served) load() (answered int64, err error) {
	for {
		c, err := s.dial()
		if errors.Is(err, syscall.ECONNREFUSED) {
			return answered, nil
		}
		if err != nil {
			return answered, err
		}
		for again := true; again; answered++ {
			if again, err = c.ask(); err != nil {
				return answered, errors.Join(err, c.Close())
			}
		}
		_ = c.Close()
	}
}

// TestNoRequestIsDropped ends servers under load.
func TestNoRequestIsDropped(t *testing.T) {
	const rounds, clients = 10, 160
	var dropped, total int64
	for range rounds {
		is := is.New(t)
		s := start(t, func(*lifecycle.Server) {})
		var wait sync.WaitGroup
		var answered, failed atomic.Int64
		for range clients {
			wait.Go(func() {
				n, err := s.load()
				if answered.Add(n); err != nil {
					failed.Add(1)
					t.Log(err)
				}
			})
		}
		for s.answers.Load() < 1000 {
			s.connect() // which is idle from the beginning
		}
		s.signals <- syscall.SIGTERM
		is.NoErr(<-s.ended)
		wait.Wait()
		is.Equal(s.answers.Load(), answered.Load()) // whatever was done is told
		dropped, total = dropped+failed.Load(), total+answered.Load()
	}
	t.Logf("%d dropped of %d", dropped, total)
	is.New(t).Equal(dropped, int64(0))
}

func TestServeStopsInSteps(t *testing.T) {
	is := is.New(t)
	s := start(t, func(server *lifecycle.Server) { server.Delay = time.Second })
	idle, unused := s.connect(), s.connect()
	again, err := idle.ask()
	is.NoErr(err)
	is.True(again)
	s.signals <- syscall.SIGHUP
	for !s.draining.Load() { // the signal arrives in a moment
	}
	again, err = s.connect().ask()
	is.NoErr(err)   // it still answers, new connections as well
	is.True(!again) // but only once
	for _, silent := range []client{idle, unused} {
		_, err = silent.answers.ReadByte()
		is.Equal(err, io.EOF) // the end of a connection is no reset
		_, err = io.WriteString(silent, "POST / HTTP/1.1\r\n")
		is.NoErr(err) // a request that crosses it is read
	}
	before := s.answers.Load()
	is.NoErr(idle.Close())
	is.NoErr(unused.Close())
	is.NoErr(<-s.ended)
	is.Equal(s.answers.Load(), before) // and not answered behind the client's back
	_, err = s.dial()
	is.True(errors.Is(err, syscall.ECONNREFUSED))
}

func TestLongUploadsFinish(t *testing.T) {
	is := is.New(t)
	s := start(t, func(*lifecycle.Server) {})
	c := s.connect()
	_, err := io.WriteString(c, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh")
	is.NoErr(err)
	<-s.begun
	s.signals <- syscall.SIGTERM
	for !errors.Is(err, syscall.ECONNREFUSED) { // until the listener is closed
		_, err = s.dial()
	}
	_, err = io.WriteString(c, "i")
	is.NoErr(err)
	_, err = c.answer()
	is.NoErr(err) // what was running gets its answer
	is.NoErr(<-s.ended)
}

func TestEndsAtOnce(t *testing.T) {
	for name, end := range map[string]func(*lifecycle.Server, chan os.Signal){
		"by a second signal":    func(_ *lifecycle.Server, signals chan os.Signal) { signals <- syscall.SIGINT },
		"when its time is over": func(server *lifecycle.Server, _ chan os.Signal) { server.Timeout = time.Millisecond },
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var later chan os.Signal
			s := start(t, func(server *lifecycle.Server) {
				server.Delay = 0
				later = make(chan os.Signal, 2)
				end(server, later)
			})
			c := s.connect()
			_, err := io.WriteString(c, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh")
			is.NoErr(err)
			<-s.begun
			s.signals <- syscall.SIGTERM
			if len(later) > 0 {
				s.signals <- <-later
			}
			err = <-s.ended
			is.True(err != nil && strings.HasPrefix(err.Error(), "stopped ")) // with a request still running, and says so
			_, err = c.answer()
			is.True(err != nil)
		})
	}
}

func TestTheIdlestMakeRoom(t *testing.T) {
	is := is.New(t)
	s := start(t, func(server *lifecycle.Server) { server.Connections = 4 })
	busy := s.connect()
	_, err := io.WriteString(busy, "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh")
	is.NoErr(err)
	<-s.begun
	first := s.connect()
	for range 20 { // five times as many as there may be
		_, err = s.connect().ask()
		is.NoErr(err) // everyone is answered
	}
	_, err = first.answers.ReadByte()
	is.Equal(err, io.EOF) // at the cost of those who are silent
	_, err = io.WriteString(busy, "i")
	is.NoErr(err)
	_, err = busy.answer()
	is.NoErr(err) // and never of a request
}
