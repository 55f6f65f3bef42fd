//go:build unix

package dbtest

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Hang stops every process of the PostgreSQL server behind an address of [Cluster], so that it neither answers nor
// closes connections, until resume is called or the test ends.
func Hang(t testing.TB, address string) (resume func()) {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(server.Query().Get("host"), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	postmaster, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	return halt(t, append([]int{postmaster}, children(t, postmaster)...)) // the parent first: it makes more children
}

// HangSessions stops the processes of all sessions in the database behind an address of [Postgres] or [Cluster], until
// resume is called or the test ends. New sessions are not concerned.
func HangSessions(t testing.TB, address string) (resume func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var processes []int
	err = conn.QueryRow(ctx, `SELECT array_agg(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'
		AND datname = current_database() AND pid <> pg_backend_pid()`).Scan(&processes)
	if err != nil || len(processes) == 0 {
		t.Fatal("there is no session to stop: ", err)
	}
	return halt(t, processes)
}

// halt stops processes until resume is called or the test ends.
func halt(t testing.TB, processes []int) (resume func()) {
	t.Helper()
	resume = sync.OnceFunc(func() {
		for _, process := range processes {
			_ = syscall.Kill(process, syscall.SIGCONT)
		}
	})
	t.Cleanup(resume)
	for _, process := range processes {
		if err := syscall.Kill(process, syscall.SIGSTOP); err != nil && err != syscall.ESRCH {
			t.Fatal(err)
		}
	}
	return resume
}

// children returns the processes of a parent.
func children(t testing.TB, parent int) (found []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		Missing(t, "/proc", "run the test on Linux")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := bytes.Cut(text, []byte(") ")) // after the name: the state, and the parent
		if fields := bytes.Fields(rest); len(fields) > 1 && string(fields[1]) == strconv.Itoa(parent) {
			process, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			found = append(found, process)
		}
	}
	return found
}
