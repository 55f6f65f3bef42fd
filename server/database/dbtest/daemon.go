package dbtest

import (
	"io"
	"os"
	"os/exec"
	"syscall"
)

// watchdog is the parent of a daemon. Its standard input is a pipe that the test
// process holds: when that process ends, however it ends, the pipe closes, and the
// watchdog stops the daemon and removes its directory.
const watchdog = `
dir=$1 signal=$2
shift 2
"$@" >"$dir/log" 2>&1 </dev/null &
read -r _
kill -"$signal" $!
wait $!
rm -rf "$dir"
`

// daemon is a server that a test process started, in a directory of its own.
type daemon struct {
	dir   string
	owner *syscall.SysProcAttr // as whom it runs
	pipe  io.Closer            // the input of its watchdog
	ended chan struct{}        // closed when both have ended
}

// newDaemon makes the directory of a daemon.
func newDaemon(name string) (*daemon, error) {
	dir, err := os.MkdirTemp("/tmp", "anteroom-"+name+"-") // short: a socket's path has 107 bytes at most
	if err != nil {
		return nil, err
	}
	owner, err := daemonOwner(dir)
	return &daemon{dir: dir, owner: owner}, err
}

// command returns a command that runs as the daemon's owner in its directory.
func (d *daemon) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(name, args...)
	command.SysProcAttr, command.Dir = d.owner, d.dir
	return command
}

// start starts the daemon, which ends at a signal.
func (d *daemon) start(signal string, command ...string) (err error) {
	guard := d.command("/bin/sh", append([]string{"-c", watchdog, "sh", d.dir, signal}, command...)...)
	if d.pipe, err = guard.StdinPipe(); err != nil { // held open until stop, or until this process ends
		return err
	}
	if err := guard.Start(); err != nil {
		return err
	}
	d.ended = make(chan struct{})
	go func() { // keeps the pipe from being collected
		_ = guard.Wait()
		close(d.ended)
	}()
	return nil
}

// stop ends the daemon and waits for it.
func (d *daemon) stop() {
	_ = d.pipe.Close()
	<-d.ended
}
