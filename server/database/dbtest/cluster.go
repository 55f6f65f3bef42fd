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
	"time"

	"github.com/anteroom-go/anteroom/server/database"
)

// watchdog is the parent of postgres. Its standard input is a pipe that the
// test process holds: when that process ends, however it ends, the pipe closes,
// and the watchdog stops postgres and removes its directory.
const watchdog = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
	-c full_page_writes=off -c max_connections=200 >"$2/log" 2>&1 </dev/null &
read -r _
kill -INT $!
wait $!
rm -rf "$2"
`

// startCluster starts PostgreSQL on a socket in a new directory and returns its
// URL.
func startCluster() (string, error) {
	bin, err := findBinaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("/tmp", "anteroom-pg-") // short: a socket's path has 107 bytes at most
	if err != nil {
		return "", err
	}
	owner, err := clusterOwner(dir)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.SysProcAttr, initdb.Dir = owner, dir
	if output, err := initdb.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(output)), os.RemoveAll(dir))
	}
	guard := exec.Command("/bin/sh", "-c", watchdog, "sh", bin, dir)
	guard.SysProcAttr, guard.Dir = owner, dir
	if _, err := guard.StdinPipe(); err != nil { // held open until this process ends
		return "", err
	}
	if err := guard.Start(); err != nil {
		return "", err
	}
	go func() { _ = guard.Wait() }() // keeps the pipe from being collected
	address := "postgres://postgres@/postgres?" + url.Values{"host": {dir}}.Encode()
	return address, waitReady(address, filepath.Join(dir, "log"))
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

// waitReady connects until PostgreSQL answers.
func waitReady(address, log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		db, err := database.Open(ctx, address)
		if err == nil {
			return db.Close()
		}
		select {
		case <-ctx.Done():
			output, _ := os.ReadFile(log)
			return fmt.Errorf("PostgreSQL does not start: %w: %s", err, output)
		case <-tick.C:
		}
	}
}
