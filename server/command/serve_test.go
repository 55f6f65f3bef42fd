package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

func TestAdministrationReachesRunningServers(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		is := is.New(t)
		i := install(t, database)
		servers := []*process{i.serve(), i.serve()}
		var app struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
		is.NoErr(json.Unmarshal([]byte(i.run("app", "create", "--json", "--name", "Calendar", "--domain", "example.com",
			"--scope", "rooms:list", "--scope", "rooms:create")), &app))
		i.run("user", "add", "alice@example.com")
		token := i.token(servers[0], app.ID, app.Secret)
		status := func(method string) (statuses []int) {
			for _, server := range servers {
				status, _ := i.status(method, server.url+apiPath+"/rooms/", "", token)
				statuses = append(statuses, status)
			}
			return statuses
		}
		is.Equal(status("POST"), []int{201, 201}) // a token of one server is good on the other
		raw := strings.TrimPrefix(token, "Authorization: Bearer ")
		is.True(strings.Contains(i.run("token", "inspect", raw), "rooms:create rooms:list")) // what it allows now
		i.run("token", "revoke", raw)
		is.Equal(status("GET"), []int{401, 401}) // ended on both
		refused, err := i.command("token", "inspect", raw).Output()
		is.True(err != nil) // the answer is no
		is.True(strings.Contains(string(refused), "token_revoked"))
		token = i.token(servers[1], app.ID, app.Secret)
		i.run("app", "update", app.ID, "--scope", "rooms:list")
		is.Equal(status("POST"), []int{403, 403}) // a scope that was taken is gone at once
		is.Equal(status("GET"), []int{200, 200})  // the other one is not
		for _, change := range []struct{ off, on []string }{
			{[]string{"app", "disable", app.ID}, []string{"app", "enable", app.ID}},
			{[]string{"user", "disable", "alice@example.com"}, []string{"user", "enable", "alice@example.com"}},
			{[]string{"app", "update", app.ID, "--domain", ""}, []string{"app", "update", app.ID, "--domain", "example.com"}},
			{[]string{"user", "protect", "alice@example.com"}, []string{"user", "unprotect", "alice@example.com"}},
			{[]string{"user", "opt-out", "alice@example.com", app.ID}, []string{"user", "opt-in", "alice@example.com", app.ID}},
			{[]string{"app", "revoke-tokens", app.ID, "--email", "alice@example.com"}, nil},
			{[]string{"app", "revoke-tokens", app.ID}, nil},
			{[]string{"app", "delete", app.ID}, nil},
		} {
			i.run(change.off...)
			is.Equal(status("GET"), []int{401, 401})           // on the next request, whichever server answers
			if change.on == nil && change.off[1] != "delete" { // ended for good: a new token is good again
				token = i.token(servers[0], app.ID, app.Secret)
			} else if change.on != nil {
				i.run(change.on...)
			} else {
				continue
			}
			is.Equal(status("GET"), []int{200, 200})
		}
	})
}

func TestSixServersAtOnce(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		is := is.New(t)
		i := install(t, database)
		servers := make([]*process, 6)
		var wait sync.WaitGroup
		for n := range servers {
			wait.Go(func() { servers[n] = i.serve() })
		}
		wait.Wait()
		var jwks string
		for _, server := range servers {
			status, _ := i.status("GET", server.url+"/readyz", "")
			is.Equal(status, 200) // all came up on the empty database
			_, keys := i.status("GET", server.url+"/.well-known/jwks.json", "")
			is.True(jwks == "" || jwks == keys) // with one and the same key
			jwks = keys
		}
	})
}

func TestDevURLs(t *testing.T) {
	is := is.New(t)
	for address, url := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "[::1]:80": "http://[::1]:80", "192.0.2.1:80": "http://192.0.2.1:80",
		"[::]:8080": "http://127.0.0.1:8080", "0.0.0.0:8080": "http://127.0.0.1:8080",
	} {
		is.Equal(localURL(address), url) // can be pasted
	}
}

func TestDevShowsNoPassword(t *testing.T) {
	is := is.New(t)
	for shown, url := range map[string]string{
		"file:anteroom.db": "file:anteroom.db", "file:a b%.db": "file:a b%.db",
		"postgres://anteroom@db/x":                       "postgres://anteroom@db/x",
		"postgres://anteroom:xxxxx@db/x?sslmode=disable": "postgres://anteroom:hunter2@db/x?sslmode=disable",
	} {
		is.Equal(withoutPassword(url), shown) // all of the URL but the password
	}
}

// TestDevServersAtOnce starts serve --dev several times in one directory.
func TestDevServersAtOnce(t *testing.T) {
	is := is.New(t)
	i := &installation{T: t, dir: t.TempDir(), env: append(os.Environ(), asAnteroom+"=1")}
	is.NoErr(os.WriteFile(filepath.Join(i.dir, devKey), nil, 0o600)) // left behind by one that got no further
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() { i.serve("--dev") })
	}
	wait.Wait()
	text, err := os.ReadFile(filepath.Join(i.dir, devKey))
	is.NoErr(err)
	_, err = delegation.ParseRootKeys(string(text))
	// one wrote a key, the others waited for it
	is.NoErr(err)
	is.Equal(strings.Count(i.run("app", "list", "--database", "file:"+devDatabase), "Demo"), 1) // and one the application
}

// slowRequest starts a request that the server answers only when the rest of
// its body is sent.
func slowRequest(t *testing.T, server *process) (finish func() string) {
	t.Helper()
	is := is.New(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.url, "http://"))
	is.NoErr(err)
	t.Cleanup(func() { _ = conn.Close() })
	body := "grant_type=password"
	_, err = fmt.Fprintf(conn,
		"POST %s/application/token/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: "+
			"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", apiPath, len(body))
	is.NoErr(err)
	answer := bufio.NewReader(conn)
	line, err := answer.ReadString('\n')
	is.NoErr(err)
	is.True(strings.Contains(line, "100")) // the handler runs and waits for the body
	return func() string {
		_, err := io.WriteString(conn, body)
		if err != nil {
			return err.Error()
		}
		text, _ := io.ReadAll(answer)
		return string(text)
	}
}

func TestShutdownFinishesRequests(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.serve()
	finish := slowRequest(t, server)
	is.NoErr(server.Process.Signal(syscall.SIGTERM))
	for { // until the listener is closed, new connections may still get in
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.url, "http://"))
		if err != nil {
			break // refused
		}
		_ = conn.Close()
	}
	is.True(strings.Contains(finish(), "unsupported_grant_type")) // what was running gets its answer
	is.Equal(server.exit(), 0)
}

func TestSecondSignalStopsAtOnce(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.serve()
	slowRequest(t, server)
	is.NoErr(server.Process.Signal(syscall.SIGTERM))
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.url, "http://"))
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	is.NoErr(server.Process.Signal(syscall.SIGTERM))
	is.Equal(server.exit(), 1) // although a request is running
	is.True(strings.Contains(server.output.String(), "second signal"))
}

// TestDevLinesWork pastes what serve --dev prints into a shell, before and after
// a restart.
func TestDevLinesWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		dbtest.Missing(t, "curl", err.Error())
	}
	is := is.New(t)
	i := &installation{T: t, dir: t.TempDir(), env: append(os.Environ(), asAnteroom+"=1")}
	var credentials []string
	for start := 1; start <= 2; start++ {
		server := i.command("serve", "--dev", "--listen", "127.0.0.1:0")
		stdout, err := server.StdoutPipe()
		is.NoErr(err)
		is.NoErr(server.Start())
		script := "set -e\n"
		lines := bufio.NewScanner(stdout)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "Stop with") {
			if strings.HasPrefix(lines.Text(), "TOKEN=") || strings.HasPrefix(lines.Text(), "curl") {
				script += lines.Text() + "\n"
			}
			if strings.Contains(lines.Text(), "client secret") {
				credentials = append(credentials, lines.Text())
			}
		}
		output, err := exec.Command("sh", "-c", script).CombinedOutput()
		is.NoErr(err)
		is.True(strings.Contains(string(output), `"name":"My first room"`))          // created
		is.True(strings.Contains(string(output), fmt.Sprintf(`{"count":%d`, start))) // and listed
		is.NoErr(server.Process.Signal(syscall.SIGTERM))
		is.NoErr(server.Wait())
	}
	is.Equal(credentials[0], credentials[1]) // the same after a restart
	for _, name := range []string{"anteroom.db", "anteroom.key"} {
		info, err := os.Stat(filepath.Join(i.dir, name))
		is.NoErr(err)
		is.Equal(info.Mode().Perm(), os.FileMode(0o600)) // its owner's alone
	}
}
