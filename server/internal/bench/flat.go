//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/bench/chart"
	"github.com/anteroom-go/anteroom/server/internal/bench/fill"
	"github.com/anteroom-go/anteroom/server/internal/bench/load"
)

// allowed is how many times as long an operation may take as on the smallest database.
const allowed = 1.5

type flatCommand struct {
	machine
	Database string `default:"postgres" help:"sqlite or postgres."`
	Sizes    []int  `default:"10000,100000,1000000" help:"Numbers of rooms, the smallest first."`
	Samples  int    `default:"100" help:"Requests of each operation on each database, in turns."`
	JSON     bool   `name:"json" help:"Print JSON instead of a table."`
	Write    string `help:"Directory of PERFORMANCE.md, into which the figures and the curve are written."`
	From     string `help:"File of figures that --json printed, to be written instead of measuring." type:"existingfile"`
}

// flatness is the outcome.
type flatness struct {
	Database string  `json:"database"`
	Sizes    []int   `json:"sizes"`
	Fills    []int   `json:"fill_seconds"`
	Curves   []curve `json:"operations"`
}

// curve is the times of an operation, each the median of all samples, and their factors to the first.
type curve struct {
	Name    string    `json:"name"`
	Times   []float64 `json:"ms"`
	Factors []float64 `json:"factors"`
}

// Run measures and reports.
func (f *flatCommand) Run(ctx context.Context, out io.Writer) error {
	if f.Database != "sqlite" && f.Database != "postgres" || len(f.Sizes) == 0 {
		return errKind
	}
	found, err := f.figures(ctx)
	if err != nil {
		return err
	}
	if f.Write != "" {
		err := os.WriteFile(filepath.Join(f.Write, "performance.svg"), []byte(found.svg()), 0o644)
		if err != nil {
			return err
		}
		if err := replace(f.Write, "curve", found.markdown()); err != nil {
			return err
		}
	}
	if f.JSON {
		return json.NewEncoder(out).Encode(found)
	}
	_, err = io.WriteString(out, found.table())
	return err
}

// figures measures, or reads what was measured before.
func (f *flatCommand) figures(ctx context.Context) (found flatness, err error) {
	if f.From == "" {
		return f.measure(ctx)
	}
	text, err := os.ReadFile(f.From)
	if err != nil {
		return found, err
	}
	err = json.Unmarshal(text, &found)
	return found, err
}

func (f *flatCommand) measure(ctx context.Context) (found flatness, err error) {
	dir, err := f.prepare(ctx)
	if err != nil {
		return found, err
	}
	defer os.RemoveAll(dir)
	databases, stop, err := f.databases(ctx, dir)
	if err != nil {
		return found, err
	}
	defer stop()
	return f.onAll(ctx, dir, databases)
}

// onAll fills the databases and measures on them.
func (f *flatCommand) onAll(ctx context.Context, dir string, databases []string) (found flatness, err error) {
	found = flatness{Database: f.Database, Sizes: f.Sizes}
	var worlds []*world
	defer func() {
		for _, w := range worlds {
			w.stop()
		}
	}()
	for i, rooms := range f.Sizes {
		began := time.Now()
		w, err := newWorld(ctx, f.Binary, dir, databases[i], planOf(rooms), 1)
		if err != nil {
			return found, fmt.Errorf("%d rooms: %w", rooms, err)
		}
		worlds, found.Fills = append(worlds, w), append(found.Fills, int(time.Since(began).Seconds()))
	}
	found.Curves, err = f.curves(ctx, worlds)
	return found, err
}

// planOf returns the plan of so many rooms: a user for each, up to a million.
func planOf(rooms int) fill.Plan {
	return fill.Plan{Seed: 1, Applications: min(1000, max(1, rooms/10)), Users: min(1_000_000, max(100, rooms)),
		Rooms: rooms, Heavy: max(40, rooms/100), End: time.Now().UTC().Truncate(24 * time.Hour)}
}

// databases returns the URLs of as many empty databases as there are sizes.
func (f *flatCommand) databases(ctx context.Context, dir string) (urls []string, stop func(), err error) {
	stop = func() {}
	if f.Database == "sqlite" {
		for i := range f.Sizes {
			urls = append(urls, "file:"+filepath.Join(dir, fmt.Sprintf("flat-%d.db", i)))
		}
		return urls, stop, nil
	}
	server, err := newPostgres(ctx)
	if err != nil {
		return nil, stop, err
	}
	for range f.Sizes {
		name, err := server.Database(ctx, "")
		if err != nil {
			server.Remove()
			return nil, stop, err
		}
		urls = append(urls, server.URL(name))
	}
	return urls, server.Remove, nil
}

// curves asks for one sample after the other, of every operation, in turns on every database.
func (f *flatCommand) curves(ctx context.Context, worlds []*world) ([]curve, error) {
	targets := make([][]probe, len(worlds))
	for i, w := range worlds {
		var err error
		if targets[i], err = w.probes(); err != nil {
			return nil, err
		}
	}
	all := make([]curve, len(targets[0]))
	for k := range all {
		all[k].Name = targets[0][k].name
		samples := make([][]float64, len(worlds))
		for n := range f.Samples + 3 { // the first ones warm up
			for i, w := range worlds {
				took, err := w.time(ctx, targets[i][k].next(n))
				if err != nil {
					return nil, fmt.Errorf("%s, %d rooms: %w", all[k].Name, w.plan.Rooms, err)
				}
				if n >= 3 {
					samples[i] = append(samples[i], took)
				}
			}
		}
		for i := range worlds {
			time := median(samples[i])
			all[k].Times = append(all[k].Times, time)
			all[k].Factors = append(all[k].Factors, time/all[k].Times[0])
		}
	}
	return all, nil
}

// time returns how many milliseconds a request takes, over a connection of its own.
func (w *world) time(ctx context.Context, request load.Request) (float64, error) {
	began := time.Now()
	if _, err := load.Ask(w.address(), request); err != nil {
		return 0, err
	}
	return ms(time.Since(began)), ctx.Err()
}

func (f flatness) svg() string {
	var curves []chart.Curve
	for _, c := range f.Curves {
		one := chart.Curve{Name: c.Name}
		for i, size := range f.Sizes {
			one.Points = append(one.Points, chart.Point{Rooms: float64(size), Factor: c.Factors[i]})
		}
		curves = append(curves, one)
	}
	title := fmt.Sprintf("Time of each operation, as a factor to that at %d rooms (at most %.1f)", f.Sizes[0], allowed)
	return chart.SVG(title, allowed, curves)
}

func (f flatness) table() string {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, f.Database)
	for i, size := range f.Sizes {
		fmt.Fprintf(table, "\t%d rooms, filled in %d s\t", size, f.Fills[i])
	}
	for _, c := range f.Curves {
		fmt.Fprintf(table, "\n%s", c.Name)
		for i := range c.Times {
			fmt.Fprintf(table, "\t%.2f ms\t× %.2f", c.Times[i], c.Factors[i])
		}
	}
	fmt.Fprintln(table)
	_ = table.Flush() // into memory
	return text.String()
}

func (f flatness) markdown() string {
	var text bytes.Buffer
	fmt.Fprintf(&text, "![The curve](performance.svg)\n\n| %s |", f.Database)
	for i, size := range f.Sizes {
		fmt.Fprintf(&text, " %d rooms (filled in %d s) |", size, f.Fills[i])
	}
	text.WriteString("\n|---|")
	for range f.Sizes {
		text.WriteString("---|")
	}
	for _, c := range f.Curves {
		fmt.Fprintf(&text, "\n| %s |", c.Name)
		for i := range c.Times {
			fmt.Fprintf(&text, " %.2f ms, × %.2f |", c.Times[i], c.Factors[i])
		}
	}
	return text.String() + "\n"
}
