package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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

// monitored returns the metrics that the dashboard and the alerts name.
func monitored(t *testing.T) []string {
	t.Helper()
	names := map[string]bool{}
	for _, file := range []string{"dashboard.json", "alerts.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", "deploy", "monitoring", file))
		is.New(t).NoErr(err)
		for _, name := range regexp.MustCompile(`\b(anteroom|go|process)_[a-z0-9_]+\b`).FindAllString(string(text), -1) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// still are those that do not move while a healthy process serves for some seconds.
// TestHungDatabase moves anteroom_inventory_up, and package telemetry's tests
// anteroom_lease_held, which a process does not take in its first minute.
var still = []string{"anteroom_build_info", "anteroom_inventory_up", "anteroom_lease_held",
	"go_sql_max_open_connections", "process_max_fds", "process_start_time_seconds"}

// scrape returns the metrics, and the sum of the samples of each name.
func (i *installation) scrape(server *process) (text string, sums map[string]float64) {
	i.Helper()
	is := is.New(i.T)
	status, text := i.status("GET", server.admin+"/metrics", "")
	is.Equal(status, 200)
	sums = map[string]float64{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
		is.NoErr(err)
		sums[line[:strings.IndexAny(line, "{ ")]] += value
	}
	return text, sums
}

// until calls done until it returns true, or the test fails after a minute with what
// was seen last.
func until(t *testing.T, what string, seen any, done func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after a minute: %s: %s", what, fmt.Sprint(seen))
		}
	}
}

func TestWatchedMetricsMove(t *testing.T) {
	names := monitored(t)
	is.New(t).True(len(names) > 30) // the files are read
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		i := install(t, url)
		server := i.serve("--admin-listen", "127.0.0.1:0", "--rate-limits", "reads=3/3")
		db, err := database.Open(t.Context(), url)
		is.NoErr(err)
		defer db.Close()
		text, before := i.scrape(server)
		token := i.traffic(server, db)
		// No one waits for a connection: on SQLite writers queue before, on PostgreSQL there are more than requests.
		left, still := slices.Clone(names), append(slices.Clone(still), "go_sql_wait_duration_seconds_total")
		until(t, "some metrics are missing or do not move", &left, func() bool {
			var after map[string]float64
			i.meanwhile(func() { text, after = i.scrape(server) },
				func() { i.status("POST", server.url+apiPath+"/rooms/", "", token) })
			left = slices.DeleteFunc(left, func(name string) bool {
				value, there := after[name]
				return there && (value != before[name] || slices.Contains(still, name))
			})
			return len(left) == 0
		})
		is.True(!strings.Contains(text, "@") && !strings.Contains(text, "xyzzy")) // no address, nothing that was sent
	})
}

// meanwhile looks while eight requests are sent.
func (i *installation) meanwhile(look, send func()) {
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(send)
	}
	look()
	wait.Wait()
}

// traffic sends what moves most metrics, and returns the header with a token.
func (i *installation) traffic(server *process, db *bun.DB) (token string) {
	i.Helper()
	is := is.New(i.T)
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	is.NoErr(json.Unmarshal([]byte(i.run("app", "create", "--json", "--name", "Calendar", "--domain", "example.com",
		"--scope", "rooms:list", "--scope", "rooms:create")), &app))
	i.run("user", "add", "alice@example.com")
	i.run("app", "secret", "add", app.ID, "--expires", "48h")
	i.run("key", "rotate")
	token = i.token(server, app.ID, app.Secret)
	rooms := server.url + apiPath + "/rooms/"
	for range 5 {
		i.status("GET", rooms, "", token) // above the quota
	}
	i.status("XYZZY", rooms+"xyzzy/xyzzy", "", "Authorization: Bearer xyzzy")
	i.status("GET", rooms, "", "Authorization: Bearer xyzzy")
	i.status("POST", server.url+apiPath+"/application/token/", "grant_type=client_credentials&client_id="+app.ID+
		"&client_secret="+app.Secret+"&scope=xyzzy@example.org", "Content-Type: application/x-www-form-urlencoded")
	var wait sync.WaitGroup
	for range 60 { // more than there are connections
		wait.Go(func() { i.status("POST", rooms, "", token) })
	}
	wait.Wait()
	for _, statement := range []string{
		"INSERT INTO {revoked_tokens} (token_id, expires_at) VALUES ('xyzzy', '2020-01-01 00:00:00+00:00')",
		"INSERT INTO {leases} (name, holder, expires_at) VALUES ('purge', 'xyzzy', '2099-01-01 00:00:00+00:00')",
		"DELETE FROM {rooms_migrations} WHERE version_id = 3", // not the schema that it knows
		"ALTER TABLE {room_members} RENAME TO {.xyzzy}",
	} {
		_, err := db.ExecContext(i.Context(), tables.SQL(db, statement))
		is.NoErr(err)
	}
	status, _ := i.status("POST", rooms, "", token)
	is.Equal(status, 503)
	_, err := db.ExecContext(i.Context(), tables.SQL(db, "ALTER TABLE {xyzzy} RENAME TO {.room_members}"))
	is.NoErr(err)
	var body string
	until(i.T, "the server is ready", nil, func() bool { // the last result is kept for a second
		status, body = i.status("GET", server.admin+"/readyz", "")
		return status == 503
	})
	is.True(strings.Contains(body, `{"check":"schema","ok":false,"reason":"the schema of the database is older`))
	status, body = i.status("GET", server.url+"/readyz", "")
	is.Equal(status, 503)
	is.True(!strings.Contains(body, "migration")) // the public learns no reason
	return token
}

// TestOperatorsAlone: what is for operators is not on the listener of the API.
func TestOperatorsAlone(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.serve("--admin-listen", "127.0.0.1:0")
	for path, want := range map[string][2]int{
		"/metrics": {200, 404}, "/healthz": {200, 200}, "/readyz": {200, 200}, "/debug/pprof/": {200, 404},
		"/debug/pprof/goroutine?debug=1": {200, 404}, "/debug/pprof/cmdline": {404, 404}, "/": {404, 404},
	} {
		status, _ := i.status("GET", server.admin+path, "")
		is.Equal(status, want[0])
		status, _ = i.status("GET", server.url+path, "")
		is.Equal(status, want[1])
	}
	status, _ := i.status("POST", server.admin+"/metrics", "")
	is.Equal(status, 405) // there is nothing to change
	is.Equal(i.serve("--admin-listen", "off").admin, "")
	second := i.command("serve", "--listen", "127.0.0.1:0", "--admin-listen", strings.TrimPrefix(server.admin, "http://"))
	output, err := second.CombinedOutput()
	is.True(err != nil) // what was chosen must be free
	is.True(strings.HasPrefix(string(output), "anteroom: --admin-listen (ANTEROOM_ADMIN_LISTEN): listen tcp"))
}
