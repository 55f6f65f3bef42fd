//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/bench/fill"
	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

type compareCommand struct {
	machine
	Database    string        `default:"both" help:"sqlite, postgres or both."`
	Turns       int           `default:"10" help:"How often each of the two is asked, in turns."`
	Turn        time.Duration `default:"2s" help:"How long a turn is."`
	Connections int           `default:"16" help:"Connections that ask at once."`
	Mixed       int           `default:"100000" help:"Requests after which the memory is measured; 0 leaves it out."`
	Rooms       int           `default:"50000" help:"Rooms in the database, of which a user has 1,000."`
	JSON        bool          `name:"json" help:"Print JSON instead of a table."`
	Write       string        `help:"Directory of PERFORMANCE.md, into which the figures are written."`
}

// machine is what the processes run on.
type machine struct {
	Binary   string `help:"The program; built from this module by default." type:"path"`
	Postgres string `help:"URL of an empty PostgreSQL database; a server of our own by default."`
}

// ratios is the outcome of a comparison.
type ratios struct {
	Commit    string       `json:"commit"`
	Machine   string       `json:"machine"`
	Go        string       `json:"go"`
	Postgres  string       `json:"postgresql,omitempty"`
	Settings  string       `json:"settings"`
	BinaryMB  float64      `json:"binary_mb"`
	Databases []onDatabase `json:"databases"`
}

// onDatabase is what was measured on one database.
type onDatabase struct {
	Name       string      `json:"name"`
	Operations []operation `json:"operations"`
	StartMS    float64     `json:"start_ms"`            // from the start to the first token
	MemoryMiB  int         `json:"memory_mib,omitzero"` // resident, after so many mixed requests
	Mixed      int         `json:"mixed,omitzero"`
}

// operation is one operation of the program beside the floor.
type operation struct {
	Name      string  `json:"name"`
	Ours      float64 `json:"requests_per_second"`
	Floor     float64 `json:"floor_requests_per_second"`
	Ratio     float64 `json:"ratio"`
	Target    float64 `json:"target"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	FloorP50  float64 `json:"floor_p50_ms"`
	FloorP99  float64 `json:"floor_p99_ms"`
	Allocs    float64 `json:"allocs_per_request"`
	AllocSize float64 `json:"bytes_per_request"`
}

// Run compares and reports.
func (c *compareCommand) Run(ctx context.Context, out io.Writer) error {
	found, err := c.compare(ctx)
	if err != nil {
		return err
	}
	if c.Write != "" {
		if err := writeRatios(c.Write, found); err != nil {
			return err
		}
	}
	if c.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(found)
	}
	_, err = io.WriteString(out, found.table())
	return err
}

func (c *compareCommand) compare(ctx context.Context) (found ratios, err error) {
	kinds := map[string][]string{"sqlite": {"sqlite"}, "postgres": {"postgres"},
		"both": {"postgres", "sqlite"}}[c.Database]
	if kinds == nil {
		return found, errKind
	}
	dir, err := c.prepare(ctx)
	if err != nil {
		return found, err
	}
	defer os.RemoveAll(dir)
	found = describe(ctx, c.Binary)
	found.Settings = fmt.Sprintf("%d connections, %d turns of %s each, %d rooms", c.Connections, c.Turns, c.Turn, c.Rooms)
	for _, kind := range kinds {
		one, err := c.on(ctx, kind, filepath.Join(dir, kind))
		if err != nil {
			return found, fmt.Errorf("%s: %w", kind, err)
		}
		found.Databases = append(found.Databases, one)
	}
	return found, nil
}

// on compares on one kind of database.
func (c *compareCommand) on(ctx context.Context, kind, dir string) (one onDatabase, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return one, err
	}
	address, stop, err := c.open(ctx, kind, dir)
	if err != nil {
		return one, err
	}
	defer stop()
	plan := fill.Plan{Seed: 1, Applications: 1000, Users: 10_000, Rooms: c.Rooms, Heavy: min(1000, c.Rooms/2),
		End: time.Now().UTC().Truncate(time.Hour)}
	w, err := newWorld(ctx, c.Binary, dir, address, plan, plan.Applications)
	if err != nil {
		return one, err
	}
	defer w.stop()
	one.Name = kind
	if one.Operations, err = c.operations(ctx, w, dir); err != nil {
		return one, err
	}
	if c.Mixed > 0 {
		one.Mixed = c.Mixed
		if one.MemoryMiB, err = c.memory(ctx, w); err != nil {
			return one, err
		}
	}
	one.StartMS, err = c.start(ctx, w)
	return one, err
}

// prepare makes a directory, and builds the program if there is none.
func (m *machine) prepare(ctx context.Context) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "anteroom-bench-"); err == nil && m.Binary == "" {
		m.Binary, err = buildProgram(ctx, dir)
	}
	return dir, err
}

// open returns the URL of an empty database.
func (m machine) open(ctx context.Context, kind, dir string) (address string, stop func(), err error) {
	if kind == "sqlite" {
		return "file:" + filepath.Join(dir, "bench.db"), func() {}, nil
	}
	if m.Postgres != "" {
		return m.Postgres, func() {}, nil
	}
	server, err := newPostgres(ctx)
	if err != nil {
		return "", nil, err
	}
	name, err := server.Database(ctx, "")
	return server.URL(name), server.Remove, err
}

// newPostgres starts a server of our own. It does not wait for the disk, which would hide what the programs cost.
func newPostgres(ctx context.Context) (*stand.Postgres, error) {
	return stand.NewPostgres(ctx, "shared_buffers=1GB", "max_wal_size=4GB", "max_connections=200",
		"effective_cache_size=4GB", "wal_level=minimal", "max_wal_senders=0")
}
