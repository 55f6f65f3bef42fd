//go:build linux

package stand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startWithin is how long a server may take until it listens.
const startWithin = 30 * time.Second

// Server is a running process of "anteroom serve".
type Server struct {
	URL   string
	Log   *Log
	Pipe  *os.File // the reading end of its standard error, if the caller reads it; else nil
	cmd   *exec.Cmd
	ended chan struct{}
}

// Serve starts a server and waits until it listens. Further variables are for this
// process alone, each NAME=VALUE.
func (s *Stand) Serve(ctx context.Context, variables ...string) (*Server, error) {
	return s.serve(ctx, exec.Command(s.Binary, "serve"), variables)
}

// ServeLimited starts a server that may have so many open files.
func (s *Stand) ServeLimited(ctx context.Context, files int) (*Server, error) {
	script := fmt.Sprintf(`ulimit -n %d; exec "$@"`, files)
	return s.serve(ctx, exec.Command("/bin/sh", "-c", script, "sh", s.Binary, "serve"), nil)
}

func (s *Stand) serve(ctx context.Context, command *exec.Cmd, variables []string) (*Server, error) {
	server := &Server{Log: newLog(), cmd: command, ended: make(chan struct{})}
	command.Dir, command.Env = s.Dir, s.With(variables...).env
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(server.ended)
		server.Log.read(stderr)
		_ = command.Wait()
	}()
	return server, server.listens(ctx)
}

// listens waits until the server listens.
func (p *Server) listens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	select {
	case address := <-p.Log.listening:
		p.URL = "http://" + address
		return nil
	case <-p.ended:
		return fmt.Errorf("serve ended with %s: %s", p.cmd.ProcessState, p.Log.Tail(5))
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("serve does not listen after %s: %s", startWithin, p.Log.Tail(5))
	}
}

// ServePiped starts a server whose standard error is a pipe that the caller reads,
// and that passes on the lines until the server listens.
func (s *Stand) ServePiped(ctx context.Context) (*Server, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	server := &Server{Log: newLog(), Pipe: reader, cmd: exec.Command(s.Binary, "serve"), ended: make(chan struct{})}
	server.cmd.Dir, server.cmd.Env, server.cmd.Stderr = s.Dir, s.env, writer
	server.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = server.cmd.Start()
	_ = writer.Close()
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	go func() {
		defer close(server.ended)
		_ = server.cmd.Wait()
	}()
	go server.Log.read(untilListening{reader, server.Log})
	return server, server.listens(ctx)
}

// untilListening is a stream that ends when the server listens.
type untilListening struct {
	io.Reader
	log *Log
}

// Read reads one byte, so that nothing is taken in after the line.
func (u untilListening) Read(p []byte) (int, error) {
	if strings.Contains(u.log.Tail(1), `"listening"`) {
		return 0, io.EOF
	}
	return u.Reader.Read(p[:1])
}

// Restart starts a server that takes the address of one that has ended.
func (s *Stand) Restart(ctx context.Context, former *Server) (*Server, error) {
	return s.Serve(ctx, "ANTEROOM_LISTEN="+strings.TrimPrefix(former.URL, "http://"))
}

// PID returns the id of the process.
func (p *Server) PID() int { return p.cmd.Process.Pid }

// Kill ends the process at once (SIGKILL).
func (p *Server) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Signal sends a signal.
func (p *Server) Signal(signal syscall.Signal) error { return p.cmd.Process.Signal(signal) }

// Ended is closed when the process has ended.
func (p *Server) Ended() <-chan struct{} { return p.ended }

// Stop sends SIGTERM and waits for the end of the process. It kills the process, and
// returns an error, after the limit, and returns an error if the exit status is not 0.
func (p *Server) Stop(limit time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(limit):
		p.Kill()
		return fmt.Errorf("serve had not ended %s after SIGTERM", limit)
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("serve ended with %s after SIGTERM: %s", p.cmd.ProcessState, p.Log.Tail(3))
	}
	return nil
}

// Memory returns the resident set of the process in MiB.
func (p *Server) Memory() int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.Atoi(fields[0])
	return kilobytes / 1024
}
