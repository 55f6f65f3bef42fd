package dbtest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// PgBouncer returns a URL of the database that address names, by way of a PgBouncer
// in transaction mode with at most size connections to it, and further lines of its
// configuration. Address is one of [Postgres] or [Cluster]. Without PgBouncer the test
// is skipped, or fails if nothing may be skipped.
func PgBouncer(t testing.TB, address string, size int, settings ...string) string {
	t.Helper()
	binary, err := exec.LookPath("pgbouncer")
	if err != nil {
		binary = "/usr/sbin/pgbouncer" // where Debian has it, which is not on everyone's PATH
	}
	if _, err := os.Stat(binary); err != nil {
		Missing(t, "PgBouncer", "install it (Debian: apt-get install pgbouncer)")
	}
	behind, err := url.Parse(address)
	if err != nil || behind.Query().Get("host") == "" {
		Missing(t, "PostgreSQL on a socket", "unset ANTEROOM_TEST_POSTGRES_URL and install PostgreSQL")
	}
	through, err := startPgBouncer(t, binary, behind, size, settings)
	if err != nil {
		t.Fatal(err)
	}
	return through
}

func startPgBouncer(t testing.TB, binary string, behind *url.URL, size int, settings []string) (string, error) {
	d, err := newDaemon("pgb")
	if err != nil {
		return "", err
	}
	name := strings.TrimPrefix(behind.Path, "/")
	config := fmt.Sprintf(`[databases]
%s = host=%s user=%s
[pgbouncer]
listen_addr =
unix_socket_dir = %s
auth_type = any
pool_mode = transaction
default_pool_size = %d
max_client_conn = 1000
%s
`, name, behind.Query().Get("host"), behind.User.Username(), d.dir, size, strings.Join(settings, "\n"))
	file := filepath.Join(d.dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return "", err
	}
	if err := d.start("TERM", binary, file); err != nil {
		return "", err
	}
	t.Cleanup(d.stop)
	through := *behind
	through.RawQuery = url.Values{"host": {d.dir}, "port": {"6432"}}.Encode()
	return through.String(), d.waitReady(through.String())
}
