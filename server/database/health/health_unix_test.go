//go:build unix

package health_test

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/health"
)

// fullDisk marks the process in which no file can grow.
const fullDisk = "ANTEROOM_TEST_FULL_DISK"

// TestAFullDisk lets no file grow: what SQLite appends to its log fails as it does on a full disk.
func TestAFullDisk(t *testing.T) {
	is := is.New(t)
	if os.Getenv(fullDisk) == "" { // in a process of its own: what go test writes meanwhile would fail as well
		command := exec.Command(os.Args[0], "-test.run=^TestAFullDisk$")
		command.Env = append(os.Environ(), fullDisk+"=1")
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		return
	}
	db := dbtest.Open(t, dbtest.SQLite(t))
	is.NoErr(health.Writable(t.Context(), db))
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var usual syscall.Rlimit
	is.NoErr(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &usual))
	full := usual
	full.Cur = 0
	is.NoErr(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full))
	err := health.Writable(t.Context(), db)
	is.NoErr(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &usual))
	is.True(err != nil)                         // that it can be read does not make it ready
	is.NoErr(health.Reachable(t.Context(), db)) // which it can
	is.NoErr(health.Writable(t.Context(), db))  // and it is over when there is room again
}
