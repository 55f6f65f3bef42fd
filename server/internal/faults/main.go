//go:build linux

// Faults takes away what the program stands on, while clients use it, and checks
// what they see, what /readyz reports, what the log holds, and what is in the
// database afterwards. Each fault prints one line with its figures; the exit status
// is 1 if one of them is not met.
//
//	go run ./server/internal/faults                       # all of them
//	go run ./server/internal/faults -list
//	go run ./server/internal/faults -short kill rolling
//	go run ./server/internal/faults -binary ./anteroom -sqlite-only stop
//
// It needs Linux, and for most faults PostgreSQL; "rolling" needs nginx, and those
// that fill a disk need root, since they mount a small one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// fault is one of the things that go wrong.
type fault struct {
	name, what string
	run        func(context.Context, *trial) (figure string, err error)
}

// measurements are run when they are named.
func measurements() []fault {
	return []fault{{"throughput", "no fault: what one server does on this machine", throughput}}
}

func faults() []fault {
	return append(append([]fault{
		{"kill", "20 × kill -9 under concurrent creates, on both databases", kill},
		{"rolling", "two servers behind nginx restarted in turn under load", rolling},
		{"stop", "SIGTERM under 160 keep-alive clients, and during a long upload", stop},
		{"slow", "2,000 slow connections while others work", slow},
		{"descriptors", "no file descriptors are left", descriptors},
		{"pipe", "the pipe of the log is closed, or never read", pipe},
		{"clock", "the clock jumps 100 days ahead, and back", clock},
		{"authority", "two servers obey what is taken away, cut off and stopped meanwhile, on both databases", authority},
		{"failover", "two PostgreSQL servers, promotion of the standby", failover},
	}, postgresFaults()...), sqliteFaults()...)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	binary := flags.String("binary", "", "the program; built from this module by default")
	short := flags.Bool("short", false, "fewer rounds and shorter faults")
	sqlite := flags.Bool("sqlite-only", false, "leave out PostgreSQL where a fault runs on both databases")
	list := flags.Bool("list", false, "list the faults")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	if *list {
		for _, f := range chosen {
			fmt.Fprintf(out, "%-22s %s\n", f.name, f.what)
		}
		return nil
	}
	t, err := newTrial(ctx, *binary)
	if err != nil {
		return err
	}
	t.short, t.sqliteOnly = *short, *sqlite
	defer t.close()
	return t.runAll(ctx, chosen, out)
}

// choose returns the faults that are named, or all of them.
func choose(names []string) (chosen []fault, err error) {
	if len(names) == 0 {
		return faults(), nil
	}
	for _, name := range names {
		found := false
		for _, f := range append(faults(), measurements()...) {
			if f.name == name {
				chosen, found = append(chosen, f), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no fault %q (see: -list)", name)
		}
	}
	return chosen, nil
}

// trial is what the faults of one run share.
type trial struct {
	binary, dir       string
	short, sqliteOnly bool
	cleanups          []func()
	shared            *postgresServer
}

// newTrial makes a directory, and builds the program if there is none.
func newTrial(ctx context.Context, binary string) (*trial, error) {
	dir, err := os.MkdirTemp("", "anteroom-faults-")
	if err != nil {
		return nil, err
	}
	t := &trial{dir: dir, cleanups: []func(){func() { _ = os.RemoveAll(dir) }}}
	if t.binary, err = filepath.Abs(binary); err != nil || binary != "" {
		return t, err
	}
	t.binary = filepath.Join(dir, "anteroom")
	build := exec.CommandContext(ctx, "go", "build", "-o", t.binary, "github.com/anteroom-go/anteroom/server/cmd/anteroom")
	if output, err := build.CombinedOutput(); err != nil {
		t.close()
		return nil, fmt.Errorf("building the program: %w: %s", err, output)
	}
	return t, nil
}

// cleanup calls a function when the current fault, or the whole run, is over.
func (t *trial) cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *trial) close() { t.cleanTo(0) }

// cleanTo calls the functions that were added last, down to the first n.
func (t *trial) cleanTo(n int) {
	for len(t.cleanups) > n {
		last := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		last()
	}
}

// runAll runs the faults in turn and prints a line for each.
func (t *trial) runAll(ctx context.Context, chosen []fault, out io.Writer) error {
	var failed []string
	for _, f := range chosen {
		if t.sqliteOnly && f.onPostgres() {
			continue
		}
		began, mark := time.Now(), len(t.cleanups)
		figure, err := f.run(ctx, t)
		t.cleanTo(max(mark, t.keep()))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		verdict := "ok"
		if err != nil {
			verdict, failed = "FAILED", append(failed, f.name)
			figure = strings.TrimPrefix(figure+"; ", "; ") + strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		fmt.Fprintf(out, "%-22s %-6s %5.1fs  %s\n", f.name, verdict, time.Since(began).Seconds(), figure)
	}
	if failed != nil {
		return errors.New("not met: " + strings.Join(failed, ", "))
	}
	return nil
}

// onPostgres reports whether a fault is one of PostgreSQL, or needs it.
func (f fault) onPostgres() bool {
	return strings.HasPrefix(f.name, "postgres-") || f.name == "failover" || f.name == "rolling"
}

// keep returns how many cleanups belong to the whole run.
func (t *trial) keep() int {
	if t.shared == nil {
		return 1
	}
	return t.shared.mark
}

// scratch returns a new directory.
func (t *trial) scratch() (string, error) { return os.MkdirTemp(t.dir, "run-") }

// pick returns the first value, or the second one in the short form.
func pick[T any](t *trial, long, short T) T {
	if t.short {
		return short
	}
	return long
}
