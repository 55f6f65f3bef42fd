//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// slow opens connections that send a byte of a header or of a body a second, while
// others work.
func slow(ctx context.Context, t *trial) (string, error) {
	s, _, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	server, client, err := s.ServeClient(ctx)
	if err != nil {
		return "", err
	}
	defer server.Kill()
	number := pick(t, 2000, 500)
	leave := crowd(ctx, number, strings.TrimPrefix(server.URL, "http://"), client.Authorization())
	load := stand.StartLoad(ctx, client, 8)
	pass(ctx, pick(t, 25*time.Second, 6*time.Second))
	memory := server.Memory()
	load.Stop()
	leave()
	typical := load.Before.Quantile(0.99)
	figure := fmt.Sprintf("beside %d slow connections: %s; 99%% within %s, slowest %s; %d MiB of memory",
		number, load.Before, round(typical), round(load.Before.Slowest()), memory)
	switch {
	case typical > 2*time.Second:
		return figure, errors.New("others wait for more than 2s")
	case memory > 400:
		return figure, errors.New("more than 400 MiB of memory")
	}
	return figure, load.Before.Wrong()
}

// crowd opens so many slow connections, until leave is called.
func crowd(ctx context.Context, number int, address, authorization string) (leave func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	for i := range number {
		wait.Go(func() { dribble(ctx, address, authorization, i) })
	}
	return func() {
		cancel()
		wait.Wait()
	}
}

// dribble sends a request a byte a second, and begins again when it is cut off. Half
// of them are slow in the header, half in the body.
func dribble(ctx context.Context, address, authorization string, n int) {
	text := "POST /external-api/v1.0/rooms/ HTTP/1.1\r\nHost: x\r\nX-Slow: "
	if n%2 == 1 {
		text = "POST /external-api/v1.0/rooms/ HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization +
			"\r\nContent-Type: application/json\r\nContent-Length: 6000\r\n\r\n{\"name\":\""
	}
	for ctx.Err() == nil {
		conn, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			pass(ctx, time.Second)
			continue
		}
		_, err = conn.Write([]byte(text))
		for err == nil && ctx.Err() == nil {
			pass(ctx, time.Second)
			_, err = conn.Write([]byte("x"))
		}
		_ = conn.Close()
	}
}

// descriptors lets a server have 96 open files and opens connections until none are
// left. Clients that are connected go on, and all others when it is over.
func descriptors(ctx context.Context, t *trial) (string, error) {
	s, _, err := t.inScratch(ctx)
	if err != nil {
		return "", err
	}
	server, err := s.ServeLimited(ctx, 96)
	if err != nil {
		return "", err
	}
	defer server.Kill()
	client, err := s.Authenticated(ctx, server.URL)
	if err != nil {
		return "", err
	}
	load := stand.StartLoad(ctx, client, 8)
	defer load.Stop()
	pass(ctx, time.Second)
	load.Fault()
	held := hold(strings.TrimPrefix(server.URL, "http://"), 300)
	pass(ctx, pick(t, 15*time.Second, 4*time.Second))
	for _, conn := range held {
		_ = conn.Close()
	}
	pass(ctx, time.Second)
	load.Stop()
	return afterwards(ctx, s, server, load, len(held))
}

// afterwards asks when there are descriptors again, and judges what was seen.
func afterwards(
	ctx context.Context, s *stand.Stand, server *stand.Server, load *stand.Load, held int,
) (string, error) {
	began := time.Now()
	if _, err := s.Authenticated(ctx, server.URL); err != nil {
		return "", fmt.Errorf("when it was over: %w", err)
	}
	over := time.Since(began)
	again, longest, unsettled := load.Settle(ctx, settlesWithin)
	found, err := stand.Verify(ctx, s.Database, load.Acknowledged())
	records := server.Log.Records("ERROR") + server.Log.Records("WARN")
	if records > load.During.Count("503")+again+100 {
		err = errors.Join(err, errors.New("the log is flooded"))
	}
	return fmt.Sprintf("beside %d connections of 96 possible files: %s; over after %s; %d sent again, the last done "+
			"after %s; %d WARN and ERROR; %s", held, load.During, round(over), again, round(longest), records, found),
		errors.Join(err, unsettled, load.During.Wrong(), found.Err())
}

// hold opens connections that send nothing.
func hold(address string, n int) (held []net.Conn) {
	for range n {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			held = append(held, conn)
		}
	}
	return held
}
