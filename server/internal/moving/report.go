package moving

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/anteroom-go/anteroom/server/internal/moving/place"
)

// changed is a record that was imported without a part of it.
const changed place.Result = "changed"

// report counts what became of records, and writes a line on each that was not imported as
// it is.
type report struct {
	file    *os.File // nil without --report
	out     *bufio.Writer
	counts  map[string]map[place.Result]int
	reasons map[string]int
	others  map[string]int // objects of models that do not move, by model
}

// reportLine is a line of the file.
type reportLine struct {
	Record int          `json:"record"`
	Kind   string       `json:"kind"`
	Key    string       `json:"key"`
	Result place.Result `json:"result"`
	Reason string       `json:"reason"`
}

// newReport begins a report, in a new file that only its owner can read if it has a path.
func newReport(path string) (*report, error) {
	r := &report{counts: map[string]map[place.Result]int{}, reasons: map[string]int{}}
	if path == "" {
		return r, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	r.file, r.out = file, bufio.NewWriter(file)
	return r, nil
}

// note takes up what became of a record.
func (r *report) note(o place.Outcome) error {
	if r.counts[o.Kind] == nil {
		r.counts[o.Kind] = map[place.Result]int{}
	}
	r.counts[o.Kind][o.Result]++
	if o.Result == place.Imported || o.Result == place.Present {
		return nil
	}
	r.reasons[fmt.Sprintf("%s\t%s\t%s", o.Result, o.Kind, o.Reason)]++
	if r.out == nil {
		return nil
	}
	line, err := json.Marshal(reportLine{o.Number, o.Kind, o.Key, o.Result, o.Reason})
	if err != nil {
		return err
	}
	_, err = r.out.Write(append(line, '\n'))
	return err
}

// incomplete returns how many records are not as the file has them.
func (r *report) incomplete() (n int) {
	for _, results := range r.counts {
		n += results[place.LeftOut] + results[place.Conflict]
	}
	return n
}

func (r *report) close() error {
	if r.out == nil {
		return nil
	}
	return errors.Join(r.out.Flush(), r.file.Close())
}

// maxReasons is how many different reasons a summary has; the file has each record's.
const maxReasons = 20

// print writes the summary.
func (r *report) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	results := []place.Result{place.Imported, place.Updated, place.Present, place.Conflict, place.LeftOut, changed}
	fmt.Fprintln(table, "KIND\tIMPORTED\tUPDATED\tTHERE ALREADY\tCONFLICTS\tLEFT OUT\tCHANGED")
	for _, kind := range slices.Sorted(maps.Keys(r.counts)) {
		fmt.Fprint(table, cmp.Or(kind, "(unknown)"))
		for _, result := range results {
			fmt.Fprintf(table, "\t%d", r.counts[kind][result])
		}
		fmt.Fprintln(table)
	}
	r.printReasons(table)
	if len(r.others) > 0 {
		fmt.Fprintln(table, "\nRECORDS\tOF MODELS THAT DO NOT MOVE")
	}
	for _, model := range slices.Sorted(maps.Keys(r.others)) {
		fmt.Fprintf(table, "%d\t%s\n", r.others[model], model)
	}
	return table.Flush()
}

// printReasons writes the reasons, the most frequent ones first.
func (r *report) printReasons(table io.Writer) {
	if len(r.reasons) > 0 {
		fmt.Fprintln(table, "\nRECORDS\tRESULT\tKIND\tREASON")
	}
	reasons := slices.SortedFunc(maps.Keys(r.reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.reasons[b], r.reasons[a]), cmp.Compare(a, b))
	})
	for _, reason := range reasons[:min(len(reasons), maxReasons)] {
		fmt.Fprintf(table, "%d\t%s\n", r.reasons[reason], reason)
	}
	if more := len(reasons) - maxReasons; more > 0 {
		fmt.Fprintf(table, "\t\t\t%d more reasons; --report has them all\n", more)
	}
}
