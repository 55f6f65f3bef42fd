//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// keepAlive is how many clients hold a connection while the server stops.
const keepAlive = 160

// stop sends SIGTERM under keep-alive clients, again and again, and during a long
// upload.
func stop(ctx context.Context, t *trial) (string, error) {
	s, _, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	var answered, dropped, refused int
	var failures []error
	for range pick(t, 10, 3) {
		r, err := stopOnce(ctx, s)
		if err != nil {
			return "", err
		}
		answered, dropped, refused = answered+int(r.answered.Load()), dropped+int(r.dropped.Load()), refused+int(r.refused.Load())
		if example := r.example.Load(); example != nil {
			failures = append(failures, *example)
		}
	}
	upload := stopDuringUpload(ctx, s)
	figure := fmt.Sprintf("%d requests answered, %d dropped on open connections; %d new connections found the server gone; "+
		"an upload of 4s ended %s", answered, dropped, refused, outcomeOf(upload))
	if dropped > 0 {
		return figure, errors.Join(fmt.Errorf("requests were dropped, such as: %w", failures[0]), upload)
	}
	return figure, upload
}

func outcomeOf(err error) string {
	if err != nil {
		return "badly"
	}
	return "well"
}

// stopping is what the clients saw.
type stopping struct {
	answered, dropped, refused atomic.Int64
	example                    atomic.Pointer[error]
}

// stopOnce stops a server that all clients use.
func stopOnce(ctx context.Context, s *stand.Stand) (*stopping, error) {
	server, err := s.Serve(ctx)
	if err != nil {
		return nil, err
	}
	defer server.Kill()
	client := s.Client(server.URL)
	if err := client.Token(ctx).Failure(); err != nil {
		return nil, fmt.Errorf("no token: %w", err)
	}
	r := &stopping{}
	var wait sync.WaitGroup
	for range keepAlive {
		wait.Go(func() { r.use(ctx, strings.TrimPrefix(server.URL, "http://"), client.Authorization()) })
	}
	pass(ctx, time.Second)
	err = server.Stop(30 * time.Second)
	wait.Wait()
	return r, err
}

// use sends requests over one connection, and opens another one when the server has
// asked for that, until there is no server any more.
func (r *stopping) use(ctx context.Context, address, authorization string) {
	for ctx.Err() == nil {
		conn, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err != nil {
			r.refused.Add(1)
			return
		}
		goOn := r.useConnection(conn, address, authorization)
		_ = conn.Close()
		if !goOn {
			return
		}
	}
}

// useConnection reports whether another connection may be opened.
func (r *stopping) useConnection(conn net.Conn, host, authorization string) bool {
	answers := bufio.NewReader(conn)
	for n := 0; ; n++ {
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, err := fmt.Fprintf(conn, "GET %s/rooms/?page_size=1 HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n",
			"/external-api/v1.0", host, authorization)
		var response *http.Response
		if err == nil {
			response, err = http.ReadResponse(answers, nil)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
		}
		if err != nil {
			if n == 0 { // it was taken when the listener was about to close
				r.refused.Add(1)
				return false
			}
			r.drop(fmt.Errorf("request %d of a connection: %w", n+1, err))
			return true
		}
		if response.StatusCode != http.StatusOK {
			r.drop(fmt.Errorf("status %d", response.StatusCode))
			return true
		}
		r.answered.Add(1)
		if response.Close {
			return true
		}
		time.Sleep(time.Duration(n%20) * time.Millisecond)
	}
}

func (r *stopping) drop(err error) {
	r.dropped.Add(1)
	r.example.CompareAndSwap(nil, &err)
}

// stopDuringUpload sends SIGTERM while the body of a create arrives over four
// seconds: it must be granted, and the server must end in order.
func stopDuringUpload(ctx context.Context, s *stand.Stand) error {
	server, err := s.Serve(ctx)
	if err != nil {
		return err
	}
	defer server.Kill()
	client := s.Client(server.URL)
	_ = client.Token(ctx) // the request below reports what is wrong
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	body := `{"name":"` + strings.Repeat("x", 80) + `"}`
	fmt.Fprintf(conn, "POST /external-api/v1.0/rooms/ HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", client.Authorization(), len(body))
	ended := make(chan error, 1)
	for i := range 4 {
		if i == 1 {
			go func() { ended <- server.Stop(30 * time.Second) }()
		}
		if _, err := io.WriteString(conn, body[i*len(body)/4:(i+1)*len(body)/4]); err != nil {
			return fmt.Errorf("the upload was cut: %w", err)
		}
		pass(ctx, time.Second)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return fmt.Errorf("the upload was not answered: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("the upload was answered with %d", response.StatusCode)
	}
	_ = conn.Close()
	return <-ended
}
