//go:build linux

package stand

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a PostgreSQL server of our own, on a free port of the loop-back
// interface.
type Postgres struct {
	Dir  string // of its data
	Port int

	bin      string
	settings []string
	cmd      *exec.Cmd
	ended    chan struct{}
}

// NewPostgres makes a cluster in a new directory below the temporary one and
// starts it. Settings are such as "max_connections=20".
func NewPostgres(ctx context.Context, settings ...string) (*Postgres, error) {
	p, err := preparePostgres(settings)
	if err != nil {
		return nil, err
	}
	err = p.Tool(ctx, "initdb", "-D", p.Dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	if err == nil {
		err = p.Start(ctx)
	}
	if err == nil {
		err = p.Exec(ctx, "CREATE ROLE anteroom LOGIN")
	}
	if err != nil {
		p.Remove()
		return nil, err
	}
	return p, nil
}

// Standby makes a copy of the server that follows it, and starts it.
func (p *Postgres) Standby(ctx context.Context) (*Postgres, error) {
	s, err := preparePostgres(p.settings)
	if err != nil {
		return nil, err
	}
	primary := fmt.Sprintf("host=127.0.0.1 port=%d user=postgres application_name=standby", p.Port)
	err = s.Tool(ctx, "pg_basebackup", "-D", s.Dir, "-R", "-c", "fast", "-X", "stream", "-d", primary)
	if err == nil {
		err = s.Start(ctx)
	}
	if err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

func preparePostgres(settings []string) (*Postgres, error) {
	bin, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "anteroom-faults-pg-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{Dir: filepath.Join(dir, "data"), bin: bin, settings: settings}
	if p.Port, err = freePort(); err != nil {
		return nil, err
	}
	return p, Give(dir)
}

// postgresBinaries returns the directory of the server's programs.
func postgresBinaries() (string, error) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if path, err := exec.LookPath("postgres"); err == nil {
		candidates = append(candidates, path)
	}
	for i := len(candidates) - 1; i >= 0; i-- {
		if path, err := filepath.EvalSymlinks(candidates[i]); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", errors.New("PostgreSQL is needed (Debian: apt-get install postgresql)")
}

// FreeAddress returns an address of the loop-back interface on which no program
// listens.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func freePort() (int, error) {
	address, err := FreeAddress()
	if err != nil {
		return 0, err
	}
	_, port, _ := net.SplitHostPort(address) // of a listener
	return strconv.Atoi(port)
}

// account returns the user as whom PostgreSQL runs: ourselves, or another if we are
// root, as whom it refuses to run.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if account, err := user.Lookup(name); err == nil {
			uid, _ := strconv.Atoi(account.Uid)
			gid, _ := strconv.Atoi(account.Gid)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is no other user")
}

// Give gives a directory to the user as whom PostgreSQL runs.
func Give(dir string) error {
	owner, err := account()
	if err != nil || owner == nil {
		return err
	}
	return os.Chown(dir, int(owner.Uid), int(owner.Gid))
}

// Tool runs one of PostgreSQL's programs as the owner of the cluster.
func (p *Postgres) Tool(ctx context.Context, name string, args ...string) error {
	command := p.command(name, args...)
	if err := ctx.Err(); err != nil {
		return err
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(output))
	}
	return nil
}

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(p.bin, name), args...)
	owner, _ := account() // known to exist: it was given the directory
	command.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Pdeathsig: syscall.SIGQUIT, Setpgid: true}
	command.Dir = filepath.Dir(p.Dir)
	return command
}

// Start starts the server and waits until it answers.
func (p *Postgres) Start(ctx context.Context) error {
	args := []string{"-D", p.Dir, "-p", strconv.Itoa(p.Port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=16MB"}
	for _, setting := range p.settings {
		args = append(args, "-c", setting)
	}
	log, err := os.OpenFile(filepath.Join(filepath.Dir(p.Dir), "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd, p.ended = p.command("postgres", args...), make(chan struct{})
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func(command *exec.Cmd, ended chan struct{}) {
		_ = command.Wait()
		close(ended)
	}(p.cmd, p.ended)
	return p.answers(ctx)
}

// answers connects until the server accepts.
func (p *Postgres) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := p.Exec(ctx, "SELECT 1")
		if err == nil || ctx.Err() != nil {
			return err
		}
		wait(ctx, 50*time.Millisecond)
	}
}

// URL returns the URL of a database for the program's user.
func (p *Postgres) URL(name string) string {
	return fmt.Sprintf("postgres://anteroom@127.0.0.1:%d/%s?sslmode=disable", p.Port, name)
}

// Database creates a database of the program's user, in a table space if one is
// named, and returns its name.
func (p *Postgres) Database(ctx context.Context, tablespace string) (string, error) {
	name := "faults_" + strings.ToLower(rand.Text())
	statement := "CREATE DATABASE " + name + " OWNER anteroom"
	if tablespace != "" {
		statement += " TABLESPACE " + tablespace
	}
	return name, p.Exec(ctx, statement)
}

// Exec executes a statement as the superuser.
func (p *Postgres) Exec(ctx context.Context, statement string) error {
	conn, err := p.Connect(ctx, "postgres", "postgres")
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}

// Connect connects to a database.
func (p *Postgres) Connect(ctx context.Context, user, name string) (*pgx.Conn, error) {
	url := fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable&connect_timeout=5", user, p.Port, name)
	return pgx.Connect(ctx, url)
}

// Stop ends the server with a signal: SIGINT in order, SIGQUIT as a crash would.
func (p *Postgres) Stop(signal syscall.Signal) {
	_ = p.cmd.Process.Signal(signal)
	<-p.ended
}

// Freeze stops every process of the server (SIGSTOP), so that it is there and says
// nothing. Thaw lets them go on.
func (p *Postgres) Freeze() { p.each(syscall.SIGSTOP) }

// Thaw lets the processes of the server go on.
func (p *Postgres) Thaw() { p.each(syscall.SIGCONT) }

// each signals the server and its backends.
func (p *Postgres) each(signal syscall.Signal) {
	_ = p.cmd.Process.Signal(signal)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.cmd.Process.Pid, p.cmd.Process.Pid))
	for _, child := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(pid, signal)
		}
	}
}

// Remove ends the server and removes its files.
func (p *Postgres) Remove() {
	if p.cmd != nil && p.cmd.Process != nil {
		p.Thaw()
		p.Stop(syscall.SIGQUIT)
	}
	_ = os.RemoveAll(filepath.Dir(p.Dir))
}
