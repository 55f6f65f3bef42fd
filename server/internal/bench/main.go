//go:build linux

// Bench measures the program. It starts real processes, "anteroom serve" among them, and asks them from outside.
//
//	go run ./server/internal/bench compare                          # beside the floor, on both databases
//	go run ./server/internal/bench compare --database postgres --json
//	go run ./server/internal/bench fill --url postgres://… --rooms 10000000
//	go run ./server/internal/bench flat --sizes 10000,100000,1000000 --write server
//
// The floor is a bare server that does only what no server can leave out, see package floor; both answer the same
// connections in turns, so that what else the machine does falls on both. With --write the figures and the curve are
// put into PERFORMANCE.md. It needs Linux, and PostgreSQL: a server of its own is started, unless --postgres names one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/anteroom-go/anteroom/server/internal/bench/fill"
)

// commands are the commands of the program.
type commands struct {
	Compare compareCommand `cmd:"" help:"Compare the program with the floor."`
	Flat    flatCommand    `cmd:"" help:"Measure each operation on small and on large databases."`
	Fill    fillCommand    `cmd:"" help:"Fill a migrated, empty database."`
	Floor   floorCommand   `cmd:"" hidden:"" help:"Serve the floor that is described on standard input."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("bench"), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return chosen.Run()
}

type fillCommand struct {
	URL          string `required:"" name:"url" help:"The database, as anteroom --database takes it."`
	Seed         uint64 `help:"Of all that is made up." default:"1"`
	Applications int    `default:"1000" help:"How many applications."`
	Users        int    `default:"1000000" help:"How many users."`
	Rooms        int    `default:"10000000" help:"How many rooms."`
	Heavy        int    `help:"How many rooms the first user has. Default: one in a hundred."`
}

// Run fills the database and prints how long it took.
func (f *fillCommand) Run(ctx context.Context, out io.Writer) error {
	began := time.Now()
	err := fill.Database(ctx, f.URL, fill.Plan{Seed: f.Seed, Applications: f.Applications, Users: f.Users,
		Rooms: f.Rooms, Heavy: f.Heavy})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d applications, %d users and %d rooms in %s\n", f.Applications, f.Users, f.Rooms,
		time.Since(began).Round(time.Second))
	return err
}

var errKind = errors.New("--database is sqlite, postgres or both")
