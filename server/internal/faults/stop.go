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
	r := &stopping{}
	rounds := pick(t, 10, 3)
	for range rounds {
		if err := r.once(ctx, s); err != nil {
			return "", err
		}
	}
	upload, ended := stopDuringUpload(ctx, s), "well"
	if upload != nil {
		ended = "badly"
	}
	figure := fmt.Sprintf("%d × SIGTERM: %d requests answered, %d dropped on open connections; %d new connections found "+
		"the server gone; an upload of 4s ended %s", rounds, r.answered.Load(), r.dropped.Load(), r.refused.Load(), ended)
	if example := r.example.Load(); example != nil {
		return figure, errors.Join(fmt.Errorf("requests were dropped, such as: %w", *example), upload)
	}
	return figure, upload
}

// stopping is what the clients saw.
type stopping struct {
	answered, dropped, refused atomic.Int64
	example                    atomic.Pointer[error]
}

// once stops a server that all clients use.
func (r *stopping) once(ctx context.Context, s *stand.Stand) error {
	server, client, err := s.ServeClient(ctx)
	if err != nil {
		return err
	}
	defer server.Kill()
	var wait sync.WaitGroup
	for range keepAlive {
		wait.Go(func() { r.use(ctx, strings.TrimPrefix(server.URL, "http://"), client.Authorization()) })
	}
	pass(ctx, time.Second)
	err = server.Stop(30 * time.Second)
	wait.Wait()
	return err
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
		last, err := list(conn, answers, host, authorization)
		switch {
		case err != nil && n == 0: // it was taken when the listener was about to close
			r.refused.Add(1)
			return false
		case err != nil:
			r.drop(fmt.Errorf("request %d of a connection: %w", n+1, err))
			return true
		}
		r.answered.Add(1)
		if last {
			return true
		}
		time.Sleep(time.Duration(n%20) * time.Millisecond)
	}
}

// list sends one request and reads its answer. Last reports whether the server has
// asked to close the connection.
func list(conn net.Conn, answers *bufio.Reader, host, authorization string) (last bool, err error) {
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, err = fmt.Fprintf(conn, "GET /external-api/v1.0/rooms/?page_size=1 HTTP/1.1\r\nHost: %s\r\n"+
		"Authorization: %s\r\n\r\n", host, authorization)
	if err != nil {
		return false, err
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return response.Close, err
}

func (r *stopping) drop(err error) {
	r.dropped.Add(1)
	r.example.CompareAndSwap(nil, &err)
}

// stopDuringUpload sends SIGTERM while the body of a create arrives over four
// seconds: it must be granted, and the server must end in order.
func stopDuringUpload(ctx context.Context, s *stand.Stand) error {
	server, client, err := s.ServeClient(ctx)
	if err != nil {
		return err
	}
	defer server.Kill()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	ended := make(chan error, 1)
	stop := func() { ended <- server.Stop(30 * time.Second) }
	if err := upload(ctx, conn, client.Authorization(), func() { go stop() }); err != nil {
		return err
	}
	_ = conn.Close()
	return <-ended
}

// upload creates a room, the body of which arrives in four parts, a second apart. It
// calls between when the first one was sent.
func upload(ctx context.Context, conn net.Conn, authorization string, between func()) error {
	body := `{"name":"` + strings.Repeat("x", 80) + `"}`
	fmt.Fprintf(conn, "POST /external-api/v1.0/rooms/ HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", authorization, len(body))
	for i := range 4 {
		if i == 1 {
			between()
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
	if err := response.Body.Close(); err != nil {
		return err
	}
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("the upload was answered with %d", response.StatusCode)
	}
	return nil
}
