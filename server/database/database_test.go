package database_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// childURL makes this test binary a process that opens and migrates a database.
const childURL = "ANTEROOM_TEST_CHILD_URL"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		if err := child(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func child(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db, err := database.Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, tables.SQL(db, "INSERT INTO {users} (id, email, active, created_at) VALUES (?, ?, ?, ?)"),
		fmt.Sprint(os.Getpid()), fmt.Sprint(os.Getpid(), "@example.com"), true, time.Now())
	return err
}

func TestOddPaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"plain.db", "with space.db", "quote'and\"double.db", "percent%.db", "100%25.db", "hash#tag.db",
		"plus+and&amp;.db", "ünïcode-☎.db", "semi;colon.db", "back\\slash.db", "a=b.db",
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			path := filepath.Join(dir, name)
			text := path
			if name == "100%25.db" {
				path = filepath.Join(dir, "100%.db") // valid escapes are decoded
			}
			db, err := database.Open(t.Context(), "file:"+text)
			is.NoErr(err)
			defer db.Close()
			_, err = db.ExecContext(t.Context(), tables.SQL(db, "CREATE TABLE t (i INTEGER)"))
			is.NoErr(err)
			info, err := os.Stat(path)
			is.NoErr(err)                                    // the file is where it was said to be
			is.Equal(info.Mode().Perm(), os.FileMode(0o600)) // and its owner's alone
			var file string
			is.NoErr(db.NewRaw(tables.SQL(db, "SELECT file FROM pragma_database_list")).Scan(t.Context(), &file))
			is.Equal(filepath.Base(file), filepath.Base(path)) // SQLite thinks so too
		})
	}
	t.Run("a question mark, escaped", func(t *testing.T) {
		is := is.New(t)
		dir := t.TempDir()
		db, err := database.Open(t.Context(), "file://"+dir+"/a%3Fb.db")
		is.NoErr(err)
		defer db.Close()
		_, err = os.Stat(dir + "/a?b.db")
		is.NoErr(err)
	})
	t.Run("relative", func(t *testing.T) {
		is := is.New(t)
		t.Chdir(t.TempDir())
		db, err := database.Open(t.Context(), "file:rel.db")
		is.NoErr(err)
		defer db.Close()
		_, err = os.Stat("rel.db")
		is.NoErr(err)
	})
}

func TestRefusedURLs(t *testing.T) {
	tests := map[string]struct{ url, says string }{
		"empty":               {"", "file:PATH"},
		"a bare path":         {"anteroom.db", "file:PATH"},
		"another database":    {"mysql://root:hunter2@localhost/x", "postgres://"},
		"no path":             {"file:", "needs a path"},
		"in memory":           {"file::memory:", "temporary directory"},
		"a host":              {"file://host/x.db", "names no host"},
		"options":             {"file:x.db?mode=memory", "no options"},
		"a directory":         {"file:/tmp/", "directory"},
		"a missing directory": {"file:/nowhere/at/all/x.db", "/nowhere/at/all/x.db"},
		"a malformed URL":     {"postgres://u:hunter2@local host:x/y", "malformed"},
		"a bad parameter":     {"postgres://u:hunter2@localhost/y?sslmode=maybe", "malformed"},
		"nobody listens":      {"postgres://u:hunter2@127.0.0.1:1/y", "connecting to PostgreSQL"},
		"a pool of none":      {"postgres://u:hunter2@127.0.0.1:1/y?pool_max_conns=0", "pool_max_conns"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			db, err := database.Open(t.Context(), test.url)
			is.True(err != nil && db == nil)
			is.True(strings.Contains(err.Error(), test.says))  // says what is expected
			is.True(!strings.Contains(err.Error(), "hunter2")) // and no password
		})
	}
}

func TestSQLiteSettings(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	of := func(pragma string) (writer, reader string) {
		is.NoErr(db.QueryRowContext(t.Context(), tables.SQL(db, "PRAGMA "+pragma)).Scan(&writer))
		is.NoErr(db.NewRaw(tables.SQL(db, "SELECT * FROM pragma_"+pragma)).Scan(t.Context(), &reader))
		return writer, reader
	}
	for pragma, want := range map[string][2]string{
		"journal_mode": {"wal", "wal"}, "foreign_keys": {"1", "1"}, "busy_timeout": {"5000", "5000"},
		"synchronous": {"2", "2"}, "query_only": {"0", "1"}, "cache_size": {"-2000", "-1024"},
	} {
		writer, reader := of(pragma)
		is.Equal([2]string{writer, reader}, want) // the connection that writes, and those that read
	}
}

// TestReadsHaveConnectionsOfTheirOwn keeps the connection that writes busy.
func TestReadsHaveConnectionsOfTheirOwn(t *testing.T) {
	is := is.New(t)
	db := dbtest.Open(t, dbtest.SQLite(t))
	tx, err := db.BeginTx(t.Context(), nil)
	is.NoErr(err)
	defer tx.Rollback()
	_, err = tx.ExecContext(t.Context(), tables.SQL(tx, "CREATE TABLE t (i INTEGER)"))
	is.NoErr(err)
	for _, query := range []string{
		"SELECT count(*) FROM {users}", "\n\tselect\n1", "SELECT(1)", "WITH n AS (SELECT 1) SELECT * FROM n",
	} {
		is.NoErr(db.NewRaw(tables.SQL(db, query)).Scan(t.Context(), new(int)))
	}
	exists, err := db.NewSelect().Table("sqlite_master").Where("name = 't'").Exists(t.Context())
	is.NoErr(err)
	is.True(!exists) // what is not committed is not seen
	is.NoErr(tx.Rollback())
	for _, query := range []string{ // changes that return rows are not taken for reads
		"INSERT INTO {users} (id, email, active, created_at) VALUES ('a', 'a@b.c', 1, '') RETURNING 1",
		"WITH n AS (SELECT 'b' AS id) INSERT INTO {users} (id, email, active, created_at) " +
			"SELECT id, 'b@b.c', 1, '' FROM n RETURNING 1",
	} {
		is.NoErr(db.NewRaw(tables.SQL(db, query)).Scan(t.Context(), new(int)))
	}
	is.Equal(users(t, db), 2)
}

func TestWritersWaitForEachOther(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		dbs := []*bun.DB{dbtest.Open(t, url), dbtest.Open(t, url)} // two pools, as two processes have
		_, err := dbs[0].ExecContext(t.Context(), "CREATE TABLE counter (n BIGINT NOT NULL)")
		is.NoErr(err)
		_, err = dbs[0].ExecContext(t.Context(), "INSERT INTO counter (n) VALUES (0)")
		is.NoErr(err)
		errs := make([]error, 50)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				errs[i] = dbs[i%2].RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
					_, err := tx.ExecContext(ctx, tables.SQL(tx, "UPDATE counter SET n = n + 1"))
					return err
				})
			})
		}
		wait.Wait()
		for _, err := range errs {
			is.NoErr(err) // no caller is told that the database is locked
		}
		var n int
		is.NoErr(dbs[1].NewRaw("SELECT n FROM counter").Scan(t.Context(), &n))
		is.Equal(n, 50) // none is lost
	})
}

// TestDocumentedUse runs the code of the package comment.
func TestDocumentedUse(t *testing.T) {
	t.Chdir(t.TempDir())
	use := func(ctx context.Context) error {
		db, err := database.Open(ctx, "file:anteroom.db")
		if err != nil {
			return err
		}
		defer db.Close()
		err = database.Migrate(ctx, db)
		return err
	}
	is.New(t).NoErr(use(t.Context()))
}

func ExampleOpen() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "anteroom.db"))
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}
	var rooms int
	_ = db.NewRaw(tables.SQL(db, "SELECT count(*) FROM {rooms}")).Scan(ctx, &rooms)
	fmt.Println(rooms)
	// Output: 0
}
