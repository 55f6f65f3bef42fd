package database_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// canary stands where a password stands.
const canary = "c4n4ry"

// TestMalformedURLsAreNotShown opens URLs that are refused before anything is
// looked for in the network.
func TestMalformedURLsAreNotShown(t *testing.T) {
	urls := []string{
		"postgres://u:c4n4ry%zz@h/d",
		"postgres://u:%xc4n4ry@h/d",
		"postgres://u:c4n4ry@h:port/d",
		"postgres://u:c4n4ry@h:99999/d",
		"postgres://u:c4n4ry@h:c4n4ry/d",
		"postgres://u:c4n4ry@h/d?sslmode=c4n4ry",
		"postgres://u@h/d?connect_timeout=c4n4ry",
		"postgres://u@h/d?target_session_attrs=c4n4ry",
		"postgres://u@h/d?pool_max_conns=c4n4ry",
		"postgres://u@h/d?channel_binding=c4n4ry",
		"postgres://u@h/d?default_query_exec_mode=c4n4ry",
		"postgres://u@h/d?statement_cache_capacity=c4n4ry",
		"postgres://u@h/d?sslmode=verify-full&sslrootcert=/c4n4ry",
		"postgres://u@h/d?sslmode=require&sslcert=/c4n4ry&sslkey=/c4n4ry&sslpassword=c4n4ry",
		"postgres://u@h/d?service=c4n4ry",
		"postgres://u@h/d?c4n4ry",
		"postgres://u@h/d?password=%xc4n4ry",
		"postgres://u@h/d?a=b=c4n4ry",
		// A password with characters that are not escaped.
		"postgres://u:c4n@4ry@h/d",
		"postgres://u:12/c4n4ry@h/d",
		"postgres://u:x/c4n4ry@h/d",
		"postgres://u:12?x=/c4n4ry@h/d",
		"postgres://u:x@c4n4ry,x@h/d",
		"postgres://u:x@c4n4ry/x@h/d",
		"postgres://u:c4n 4ry@h/d",
		"postgres://u:x@c4n4ry:x@h/d",
		// A parameter that would be sent to the server as it is.
		"postgres://u@h/d?passwrod=c4n4ry",
		"postgres://u@h/d?PGPASSWORD=c4n4ry",
		"postgres://u@h/d?secret=c4n4ry",
		// Another kind of URL, or none.
		"postgre://u:c4n4ry@h/d",
		"POSTGRES://u:c4n4ry@h/d",
		"mysql://u:c4n4ry@h/d",
		"host=h password=c4n4ry",
		"u:c4n4ry@h/d",
		"c4n4ry",
		"file:postgres://u:c4n4ry@h/d",
		"file://u:c4n4ry@h/d",
		"file:x.db?password=c4n4ry",
		"sqlite:c4n4ry",
		// White space that came along.
		" postgres://u:c4n4ry@h/d",
		"postgres://u:c4n4ry@h/d\n",
		"postgres://u:c4n4ry@h/d ",
		"postgres://u:c4n4ry\n@h/d",
		"\ufeffpostgres://u:c4n4ry@h/d",
	}
	for _, url := range urls {
		t.Run(strings.ReplaceAll(url, "/", "|"), func(t *testing.T) {
			is := is.New(t)
			_, err := database.Open(t.Context(), url)
			is.True(err != nil)
			is.True(!strings.Contains(err.Error(), canary))                     // nothing of it is shown
			is.True(!strings.Contains(err.Error(), "connecting to PostgreSQL")) // or has left the process
		})
	}
}

// TestRefusedConnectionsShowNoSecret opens URLs that a server refuses, or that find
// none.
func TestRefusedConnectionsShowNoSecret(t *testing.T) {
	address := passwordCluster(t)
	passfile := filepath.Join(t.TempDir(), "passfile")
	is.New(t).NoErr(os.WriteFile(passfile, []byte("*:*:*:*:c4n4ry\n"), 0o600))
	asUser := strings.Replace(address, "postgres@", "u@", 1)
	nonsense := nonsenseServer(t)
	tests := map[string]struct{ url, reports string }{
		"no such host":         {"postgres://u:c4n4ry@no-such-host.invalid/d", "no-such-host.invalid"},
		"no server listens":    {"postgres://u:c4n4ry@127.0.0.1:1/d?sslpassword=c4n4ry", "127.0.0.1:1"},
		"no such socket":       {"postgres://u:c4n4ry@/d?host=/nowhere", "/nowhere"},
		"two hosts":            {"postgres://u:c4n4ry@127.0.0.1:1,127.0.0.1:2/d", "127.0.0.1:2"},
		"a wrong password":     {strings.Replace(address, "postgres@", "u:c4n4ry@", 1), "28P01"},
		"as a parameter":       {with(asUser, "password", canary), "28P01"},
		"in a file":            {with(asUser, "passfile", passfile), "28P01"},
		"no such user":         {strings.Replace(address, "postgres@", "stranger:c4n4ry@", 1), "28P01"},
		"no such database":     {strings.Replace(with(address, "password", canary), "/postgres?", "/nothing?", 1), "3D000"},
		"an unknown setting":   {with(address, "nonsense", canary), "42704"},
		"a setting's value":    {with(address, "work_mem", canary), "22023"},
		"an option's value":    {with(address, "options", "-c work_mem=c4n4ry"), "22023"},
		"an option's name":     {with(address, "options", "--c4n4ry"), "SQLSTATE"},
		"a schema's name":      {with(address, "search_path", canary), "search_path"},
		"a protocol's failure": {"postgres://u:c4n4ry@" + nonsense + "/d?sslmode=disable", "invalid body length"},
		"without TLS":          {"postgres://u:c4n4ry@" + nonsense + "/d?sslmode=require", "refused TLS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, err := database.Open(t.Context(), test.url)
			is.True(err != nil)
			is.True(strings.Contains(err.Error(), test.reports)) // an operator sees what is wrong
			is.True(!strings.Contains(err.Error(), canary))      // and no secret
		})
	}
}

// passwordCluster is a server that asks everyone but postgres for a password.
func passwordCluster(t *testing.T) string {
	t.Helper()
	is := is.New(t)
	rules, err := os.CreateTemp("/tmp", "anteroom-hba-")
	is.NoErr(err)
	t.Cleanup(func() { _ = os.Remove(rules.Name()) })
	_, err = rules.WriteString("local all postgres trust\nlocal all all scram-sha-256\n")
	is.NoErr(err)
	is.NoErr(rules.Chmod(0o644)) // the server may run as another user
	is.NoErr(rules.Close())
	address := dbtest.Cluster(t, "hba_file="+rules.Name())
	statement(t, address, "CREATE ROLE u LOGIN PASSWORD 'right'")
	return address
}

// nonsenseServer answers everyone with the same few bytes.
func nonsenseServer(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	is.New(t).NoErr(err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("nonsense"))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// TestAPassfileIsForItsHosts has a passfile with the password of one of two hosts.
func TestAPassfileIsForItsHosts(t *testing.T) {
	is := is.New(t)
	file := filepath.Join(t.TempDir(), "passfile")
	write := func(lines string) { is.NoErr(os.WriteFile(file, []byte(lines), 0o600)) }
	const url = "postgres://u@127.0.0.1:1,127.0.0.1:2/d?passfile="
	for lines, refused := range map[string]bool{
		"127.0.0.1:1:d:u:c4n4ry\n":                          true,
		"127.0.0.1:1:d:u:c4n4ry\n127.0.0.1:2:d:u:c4n4ry2\n": true,
		"127.0.0.1:2:d:u:c4n4ry\n":                          true,
		"127.0.0.1:1:d:u:c4n4ry\n127.0.0.1:2:d:u:c4n4ry\n":  false,
		"*:*:d:u:c4n4ry\n":                                  false,
		"":                                                  false,
	} {
		write(lines)
		_, err := database.Open(t.Context(), url+file)
		is.Equal(strings.Contains(err.Error(), "passfile has different passwords"), refused) // no host gets another one's
		is.True(!strings.Contains(err.Error(), canary))
	}
}

// TestALostServerShowsNoSecret loses the server under an open pool.
func TestALostServerShowsNoSecret(t *testing.T) {
	is := is.New(t)
	address := passwordCluster(t)
	db, err := database.Open(t.Context(), strings.Replace(address, "postgres@", "u:right@", 1))
	is.NoErr(err)
	defer db.Close()
	db.SetMaxIdleConns(0)
	statement(t, address, "ALTER ROLE u PASSWORD 'c4n4ry'")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = database.Migrate(ctx, db)
	is.True(strings.Contains(err.Error(), "connecting to PostgreSQL") && strings.Contains(err.Error(), "28P01"))
	for _, secret := range []string{"right", canary, "database="} {
		is.True(!strings.Contains(err.Error(), secret)) // what the pool reports later shows no more
	}
	var withConfig *pgconn.ConnectError
	is.True(!errors.As(err, &withConfig)) // nor is there an error below that holds the password
}
