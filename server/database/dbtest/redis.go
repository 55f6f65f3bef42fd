package dbtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Redis starts a Redis server and returns its URL, in which there is a password,
// and the function that kills it, as the end of the test does. Without Redis the
// test is skipped, or fails if nothing may be skipped.
func Redis(t testing.TB) (address string, kill func()) {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "Redis", "install it (Debian: apt-get install redis-server)")
	}
	address, kill, err = startRedis(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kill)
	return address, kill
}

// startRedis starts Redis on a free port of the loop-back interface.
func startRedis(binary string) (address string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	host := listener.Addr().String()
	_, port, _ := net.SplitHostPort(host) // of a listener
	if err := listener.Close(); err != nil {
		return "", nil, err
	}
	d, err := newDaemon("redis")
	if err != nil {
		return "", nil, err
	}
	password := "redis-" + strconv.Itoa(os.Getpid())
	err = d.start("KILL", binary, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no",
		"--requirepass", password)
	if err != nil {
		return "", nil, err
	}
	return "redis://:" + password + "@" + host, d.stop, d.waitListening(host)
}

// waitListening connects until the daemon accepts.
func (d *daemon) waitListening(host string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			output, _ := os.ReadFile(filepath.Join(d.dir, "log"))
			return fmt.Errorf("it does not start: %w: %s", err, output)
		case <-tick.C:
		}
	}
}
