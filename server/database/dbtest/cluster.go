package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster returns the URL of the database "postgres" in a PostgreSQL server of its
// own, for a test that changes what other tests rely on. The options are settings
// such as "standard_conforming_strings=off".
func Cluster(t testing.TB, options ...string) string {
	t.Helper()
	address, stop, err := startCluster(options...)
	if err != nil {
		Missing(t, "PostgreSQL", err.Error()+"; install PostgreSQL (Debian: apt-get install postgresql)")
	}
	t.Cleanup(stop)
	return address
}

// startCluster starts PostgreSQL on a socket in a new directory and returns its
// URL. It stops with the test process, or when stop is called.
func startCluster(options ...string) (address string, stop func(), err error) {
	bin, err := findBinaries()
	if err != nil {
		return "", nil, err
	}
	d, err := newDaemon("pg")
	if err != nil {
		return "", nil, err
	}
	initdb := d.command(filepath.Join(bin, "initdb"), "-D", filepath.Join(d.dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if output, err := initdb.CombinedOutput(); err != nil {
		return "", nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(output)), os.RemoveAll(d.dir))
	}
	command := []string{filepath.Join(bin, "postgres"), "-D", filepath.Join(d.dir, "data"), "-k", d.dir}
	fast := []string{"listen_addresses=", "fsync=off", "synchronous_commit=off",
		"full_page_writes=off", "max_connections=200"}
	for _, option := range append(fast, options...) {
		command = append(command, "-c", option)
	}
	if err := d.start("INT", command...); err != nil {
		return "", nil, err
	}
	address = "postgres://postgres@/postgres?" + url.Values{"host": {d.dir}}.Encode()
	return address, d.stop, d.waitReady(address)
}

// findBinaries returns the directory of initdb and postgres.
func findBinaries() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if path, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, path)
	}
	for i := len(candidates) - 1; i >= 0; i-- {
		path, err := filepath.EvalSymlinks(candidates[i])
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "initdb")); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", errors.New("no initdb and postgres found")
}

// waitReady connects until the daemon answers.
func (d *daemon) waitReady(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			output, _ := os.ReadFile(filepath.Join(d.dir, "log"))
			return fmt.Errorf("it does not start: %w: %s", err, output)
		case <-tick.C:
		}
	}
}
