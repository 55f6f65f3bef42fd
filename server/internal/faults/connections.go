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
	server, err := s.Serve(ctx)
	if err != nil {
		return "", err
	}
	defer server.Kill()
	client := s.Client(server.URL)
	if err := client.Token(ctx).Failure(); err != nil {
		return "", fmt.Errorf("no token: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	number := pick(t, 2000, 500)
	var crowd sync.WaitGroup
	for i := range number {
		crowd.Go(func() { dribble(ctx, strings.TrimPrefix(server.URL, "http://"), client.Authorization(), i) })
	}
	load := stand.StartLoad(ctx, client, 8)
	defer load.Stop()
	pass(ctx, pick(t, 25*time.Second, 6*time.Second))
	memory := server.Memory()
	load.Stop()
	cancel()
	crowd.Wait()
	typical := load.Before.Quantile(0.99)
	figure := fmt.Sprintf("beside %d slow connections: %s; 99%% within %s, slowest %s; %d MiB of memory", number, load.Before,
		round(typical), round(load.Before.Slowest()), memory)
	switch {
	case typical > 2*time.Second:
		return figure, errors.New("others wait for more than 2s")
	case memory > 400:
		return figure, errors.New("more than 400 MiB of memory")
	}
	return figure, load.Before.Wrong()
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
	client := s.Client(server.URL)
	if err := client.Token(ctx).Failure(); err != nil {
		return "", fmt.Errorf("no token: %w", err)
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
	began := time.Now()
	fresh := s.Client(server.URL)
	if err := fresh.Token(ctx).Failure(); err != nil {
		return "", fmt.Errorf("when it was over: %w", err)
	}
	again, longest, unsettled := load.Settle(ctx, settlesWithin)
	found, err := stand.Verify(ctx, s.Database, load.Acknowledged())
	records := server.Log.Records("ERROR") + server.Log.Records("WARN")
	figure := fmt.Sprintf("beside %d connections of 96 possible files: %s; over after %s; %d sent again, the last done after %s;"+
		" %d WARN and ERROR; %s", len(held), load.During, round(time.Since(began)), again, round(longest), records, found)
	if records > 200 {
		err = errors.Join(err, errors.New("the log is flooded"))
	}
	return figure, errors.Join(err, unsettled, load.During.Wrong(), found.Err())
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
