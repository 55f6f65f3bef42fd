// Equalcost measures whether the token endpoint takes as long for one cause of a
// refusal as for another, since the time would tell a caller what the answer
// keeps back. It runs a server on a database of its own, asks over loopback for
// every cause in turns, and exits with 1 if a difference is certain. Before that it
// compares the statements that the causes send to the database.
//
//	go run ./server/internal/equalcost
//	go run ./server/internal/equalcost -database postgres://localhost/empty -json
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
)

// limit is the |t| from which a difference is certain: one that comes about by
// chance in one of 100,000 comparisons.
const limit = 4.5

// errUnequal is the outcome that a difference was found.
var errUnequal = errors.New("the causes of a refusal can be told apart by time")

// outcome is the comparison of one cause with the baseline of its group.
type outcome struct {
	Group    string  `json:"group"`
	Cause    string  `json:"cause"`
	Samples  int     `json:"n"`
	Mean     float64 `json:"mean_us"` // trimmed
	T        float64 `json:"t"`
	Baseline bool    `json:"baseline,omitempty"`
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "equalcost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("equalcost", flag.ContinueOnError)
	database := flags.String("database", "", "URL of an empty database; a new SQLite file by default")
	samples := flags.Int("n", 3000, "samples of each cause")
	asJSON := flags.Bool("json", false, "print JSON instead of a table")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *samples < 100 {
		return errors.New("-n must be at least 100")
	}
	outcomes, err := compare(ctx, *database, *samples)
	if err != nil {
		return err
	}
	if err := report(out, outcomes, *asJSON); err != nil {
		return err
	}
	if slices.ContainsFunc(outcomes, func(o outcome) bool { return math.Abs(o.T) >= limit }) {
		return errUnequal
	}
	return nil
}

// compare measures every cause and compares it with the baseline of its group.
func compare(ctx context.Context, database string, samples int) ([]outcome, error) {
	if database == "" {
		dir, err := os.MkdirTemp("", "equalcost")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		database = "file:" + filepath.Join(dir, "equalcost.db")
	}
	w, err := newWorld(ctx, database)
	if err != nil {
		return nil, err
	}
	defer w.close()
	causes, err := w.causes(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.alike(ctx, causes); err != nil {
		return nil, err
	}
	times, err := measure(ctx, causes, warmUp, samples)
	if err != nil {
		return nil, err
	}
	return judge(causes, times), nil
}

// judge compares each cause with the first one of its group.
func judge(causes []cause, times [][]float64) []outcome {
	baselines := map[string]int{}
	outcomes := make([]outcome, len(causes))
	for i, c := range causes {
		base, known := baselines[c.group]
		if !known {
			base, baselines[c.group] = i, i
		}
		outcomes[i] = outcome{
			Group: c.group, Cause: c.name, Samples: len(times[i]), Mean: trimmedMean(times[i]), Baseline: base == i,
		}
		if base != i {
			outcomes[i].T = yuen(times[i], times[base])
		}
	}
	return outcomes
}

// report writes a table, those that differ most first in each group, or JSON.
func report(out io.Writer, outcomes []outcome, asJSON bool) error {
	slices.SortStableFunc(outcomes, func(a, b outcome) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(math.Abs(b.T), math.Abs(a.T)))
	})
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"limit": limit, "causes": outcomes})
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "group\tcause\tn\tmean µs\tt")
	for _, o := range outcomes {
		t := fmt.Sprintf("%.1f", o.T)
		if o.Baseline {
			t = "baseline"
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%.1f\t%s\n", o.Group, o.Cause, o.Samples, o.Mean, t)
	}
	return table.Flush()
}
