//go:build unix

package dbtest

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
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
	processes := append([]int{postmaster}, children(t, postmaster)...)
	resume = sync.OnceFunc(func() {
		for _, process := range processes {
			_ = syscall.Kill(process, syscall.SIGCONT)
		}
	})
	t.Cleanup(resume)
	for _, process := range processes { // the parent first, so that there will be no more children
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
