package command

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// watched is a server whose standard error the test reads itself.
type watched struct {
	*exec.Cmd
	url    string
	pipe   *os.File
	stderr *bufio.Reader
}

// watch starts a server through a shell, which runs some commands before it.
func (i *installation) watch(before string, args ...string) *watched {
	i.Helper()
	is := is.New(i.T)
	command := exec.Command("sh", append([]string{"-c", before + ` exec "$0" "$@"`, os.Args[0], "serve", "--listen",
		"127.0.0.1:0"}, args...)...)
	command.Dir, command.Env = i.dir, i.env
	reader, writer, err := os.Pipe()
	is.NoErr(err)
	command.Stderr = writer
	is.NoErr(command.Start())
	is.NoErr(writer.Close())
	w := &watched{Cmd: command, pipe: reader, stderr: bufio.NewReader(reader)}
	i.Cleanup(func() { _ = command.Process.Kill() })
	for w.url == "" {
		line, err := w.stderr.ReadString('\n')
		is.NoErr(err) // it starts
		if _, rest, found := strings.Cut(line, "msg=listening address="); found {
			address, _, _ := strings.Cut(rest, " ")
			w.url = "http://" + address
		}
	}
	return w
}

// ends asserts that a signal ends the server as it should.
func (w *watched) ends(t *testing.T, by os.Signal) {
	t.Helper()
	is.New(t).NoErr(w.Process.Signal(by))
	is.New(t).NoErr(w.Wait()) // with status 0
}

func TestSignalsEndServers(t *testing.T) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // programs do not inherit that nohup runs the tests
	defer signal.Stop(hangups)
	for name, one := range map[string]struct {
		before string
		ignore syscall.Signal
		end    syscall.Signal
	}{
		"SIGTERM": {"", 0, syscall.SIGTERM}, "SIGINT": {"", 0, syscall.SIGINT}, "SIGHUP": {"", 0, syscall.SIGHUP},
		"nohup": {`trap "" HUP;`, syscall.SIGHUP, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			i := install(t, dbtest.SQLite(t))
			server := i.watch(one.before)
			if one.ignore != 0 {
				is.NoErr(server.Process.Signal(one.ignore))
				status, _ := i.status("GET", server.url+"/readyz", "")
				is.Equal(status, 200) // whoever started it wants it to go on
			}
			server.ends(t, one.end)
			rest, err := io.ReadAll(server.stderr)
			is.NoErr(err)
			is.True(strings.Contains(string(rest), "msg=stopped")) // and told so
		})
	}
}

func TestShutdownDelay(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.watch("", "--shutdown-delay", "2s")
	is.NoErr(server.Process.Signal(syscall.SIGTERM))
	for status := 200; status == 200; { // the signal arrives in a moment
		status, _ = i.status("GET", server.url+"/readyz", "")
		is.True(status == 200 || status == 503)
	}
	response, err := http.Get(server.url + apiPath + "/openapi.json")
	is.NoErr(err)
	_ = response.Body.Close()
	is.Equal(response.StatusCode, 200) // it answers as long as it is asked
	is.True(response.Close)            // and sends its callers elsewhere
	is.NoErr(server.Wait())
}

func TestALogThatNoOneReads(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.watch("")
	long := strings.Repeat("x", 60)
	for range 8000 { // more than a pipe and the memory for records hold
		status, _ := i.status("GET", server.url+"/nowhere", "", "X-Request-Id: "+long)
		is.Equal(status, 404) // no one waits for it
	}
	first := time.AfterFunc(time.Minute, func() { _ = server.pipe.Close() })
	defer first.Stop()
	told := false
	for !told {
		line, err := server.stderr.ReadString('\n')
		is.NoErr(err)
		is.True(strings.HasPrefix(line, "time=") && strings.HasSuffix(line, "\n")) // whole records
		told = strings.Contains(line, "log records were dropped") && strings.Contains(line, "count=")
	}
	for range 1000 {
		status, _ := i.status("GET", server.url+"/nowhere", "", "X-Request-Id: "+long)
		is.Equal(status, 404)
	}
	server.ends(t, syscall.SIGTERM) // nor does it wait for a reader in the end
}

func TestALogWhoseReaderLeft(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.watch("")
	is.NoErr(server.pipe.Close())
	for range 20 {
		status, _ := i.status("GET", server.url+"/readyz", "")
		is.Equal(status, 200) // it lives on
	}
	server.ends(t, syscall.SIGTERM)
}

func TestWithoutTheExternalAPI(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	for _, server := range []*watched{i.watch("", "--no-external-api"), i.watch("export ANTEROOM_EXTERNAL_API=false;")} {
		for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/.well-known/jwks.json": 404,
			"/.well-known/oauth-authorization-server": 404, apiPath + "/openapi.json": 404,
			apiPath + "/openapi-3.0.json": 404, apiPath + "/docs": 404, apiPath + "/rooms/": 404} {
			status, _ := i.status("GET", server.url+path, "")
			is.Equal(status, want) // what is withdrawn is not there
		}
		server.ends(t, syscall.SIGTERM)
	}
}

// TestFewFiles has more callers than the server may have files.
func TestFewFiles(t *testing.T) {
	is := is.New(t)
	i := install(t, dbtest.SQLite(t))
	server := i.watch("ulimit -n 100;")
	var conns []net.Conn
	for range 300 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.url, "http://"))
		is.NoErr(err)
		conns = append(conns, conn)
	}
	status, _ := i.status("GET", server.url+"/readyz", "")
	is.Equal(status, 200) // those who are silent make room, and the database is reached
	for _, conn := range conns {
		_ = conn.Close()
	}
	status, _ = i.status("GET", server.url+"/readyz", "")
	is.Equal(status, 200)
	server.ends(t, syscall.SIGTERM)
}
