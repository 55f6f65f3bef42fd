package command

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/anteroom-go/anteroom/delegation"
)

// asAnteroom makes this test binary the program itself.
const asAnteroom = "ANTEROOM_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(asAnteroom) != "" {
		Main(Product{})
	}
	testscript.Main(m, map[string]func(){"anteroom": func() { Main(Product{}) }, "sqlite": sqlite})
}

// sqlite runs the SQL in a file on a SQLite database, and prints the first value that it returns.
func sqlite() {
	if err := runSQL(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runSQL(database, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", database)
	if err != nil {
		return err
	}
	defer db.Close()
	if !strings.HasPrefix(string(text), "SELECT") {
		_, err = db.Exec(string(text))
		return err
	}
	var value string
	if err := db.QueryRow(string(text)).Scan(&value); err != nil {
		return err
	}
	fmt.Println(value)
	return nil
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script"), Setup: func(e *testscript.Env) error {
		e.Setenv("GORACE", os.Getenv("GORACE")) // scripts see no other variable of ours
		return nil
	}})
}

// installation is a database and a root key that several processes share.
type installation struct {
	*testing.T
	dir string
	env []string
}

func install(t *testing.T, database string) *installation {
	t.Helper()
	i := &installation{T: t, dir: t.TempDir(), env: append(os.Environ(), asAnteroom+"=1",
		"ANTEROOM_DATABASE_URL="+database, "ANTEROOM_ROOT_KEY="+string(delegation.NewRootKeys().Encode()),
		"ANTEROOM_URL=https://meet.example.org", "ANTEROOM_SHUTDOWN_DELAY=0")}
	i.run("migrate")
	return i
}

// command is a process of the program.
func (i *installation) command(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Dir, command.Env = i.dir, i.env
	return command
}

// run runs a command to its end and returns what it printed.
func (i *installation) run(args ...string) string {
	i.Helper()
	var stderr bytes.Buffer
	command := i.command(args...)
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		i.Fatalf("anteroom %s: %v: %s", strings.Join(args, " "), err, &stderr)
	}
	return string(output)
}

// process is a running server.
type process struct {
	*exec.Cmd
	url    string
	admin  string        // where operators are answered; empty if they are not
	output *bytes.Buffer // standard error, complete after done
	done   chan struct{}
}

// serve starts a server on a free port and waits until it listens.
func (i *installation) serve(args ...string) *process {
	i.Helper()
	is := is.New(i.T)
	p := &process{Cmd: i.command(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...),
		output: &bytes.Buffer{}, done: make(chan struct{})}
	stderr, err := p.StderrPipe()
	is.NoErr(err)
	is.NoErr(p.Start())
	i.Cleanup(func() { _ = p.Process.Kill() })
	listening := make(chan string, 1)
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			fmt.Fprintln(p.output, lines.Text())
			if _, rest, found := strings.Cut(lines.Text(), `msg="operators are answered" address=`); found {
				p.admin = "http://" + rest // before the server listens
			}
			if _, rest, found := strings.Cut(lines.Text(), "msg=listening address="); found {
				address, _, _ := strings.Cut(rest, " ")
				listening <- address
			}
		}
	}()
	select {
	case address := <-listening:
		p.url = "http://" + address
	case <-p.done:
		i.Fatalf("the server did not start: %s", p.output)
	}
	return p
}

// exit waits for the process to end.
func (p *process) exit() int {
	<-p.done
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

func (i *installation) status(method, url, body string, headers ...string) (int, string) {
	i.Helper()
	is := is.New(i.T)
	request, err := http.NewRequestWithContext(i.Context(), method, url, strings.NewReader(body))
	is.NoErr(err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	is.NoErr(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	is.NoErr(err)
	return response.StatusCode, string(text)
}

const apiPath = "/external-api/v1.0"

func (i *installation) token(server *process, clientID, secret string) string {
	i.Helper()
	return i.tokenFor("alice@example.com", server, clientID, secret)
}

// tokenFor returns the Authorization header of a token for a user.
func (i *installation) tokenFor(user string, server *process, clientID, secret string) string {
	i.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret},
		"scope": {user}}
	status, body := i.status("POST", server.url+apiPath+"/application/token/", form.Encode(),
		"Content-Type: application/x-www-form-urlencoded")
	is.New(i.T).Equal(status, 200)
	var token struct {
		Access string `json:"access_token"`
	}
	is.New(i.T).NoErr(json.Unmarshal([]byte(body), &token))
	return "Authorization: Bearer " + token.Access
}
