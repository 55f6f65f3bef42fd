//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/tabwriter"
)

// describe returns what was measured, and where.
func describe(ctx context.Context, binary string) ratios {
	found := ratios{Commit: firstLine(ctx, "git", "rev-parse", "--short=12", "HEAD"), Go: runtime.Version(),
		Postgres: firstLine(ctx, "postgres", "--version")}
	found.Machine = fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), processor(), firstLine(ctx, "uname", "-sr"))
	if info, err := os.Stat(binary); err == nil {
		found.BinaryMB = float64(info.Size()) / 1e6
	}
	return found
}

// firstLine returns the first line that a program prints, or nothing.
func firstLine(ctx context.Context, name string, args ...string) string {
	path := name
	if installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(installed) > 0 {
		path = installed[len(installed)-1]
	}
	output, _ := exec.CommandContext(ctx, path, args...).Output() // what cannot be found out stays empty
	line, _, _ := strings.Cut(string(output), "\n")
	return line
}

// processor returns the name of the processor.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// table returns the figures for a terminal.
func (r ratios) table() string {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s; %s; %s; %s\nbinary %.1f MB (at most 40)\n", r.Machine, r.Go, r.Postgres, r.Settings,
		r.BinaryMB)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, d := range r.Databases {
		fmt.Fprintf(table, "\n%s\treq/s\tfloor\tratio\ttarget\tp50 ms\tp99 ms\tfloor p50\tfloor p99\tallocations\tbytes\n",
			d.Name)
		for _, o := range d.Operations {
			fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%.2f\t%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\n", o.Name, o.Ours, o.Floor,
				o.Ratio, o.target(), o.P50, o.P99, o.FloorP50, o.FloorP99, o.Allocs, o.AllocSize)
		}
	}
	_ = table.Flush() // into memory
	for _, d := range r.Databases {
		fmt.Fprintf(&text, "\n%s: first token %.0f ms after the start (at most 200)", d.Name, d.StartMS)
		if d.Mixed > 0 {
			fmt.Fprintf(&text, ", %d MiB resident after %d requests (at most 64)", d.MemoryMiB, d.Mixed)
		}
	}
	return text.String() + "\n"
}

func (o operation) target() string {
	if o.Target == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", o.Target)
}

// markdown returns the figures for PERFORMANCE.md.
func (r ratios) markdown() string {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s; %s; %s; commit %s; %s.\n", r.Machine, r.Go, r.Postgres, r.Commit, r.Settings)
	for _, d := range r.Databases {
		name := map[string]string{"postgres": "PostgreSQL", "sqlite": "SQLite"}[d.Name]
		fmt.Fprintf(&text, "\n| %s | requests/s | floor | ratio | at least | p50, p99 | floor's | allocations | bytes |\n",
			name)
		text.WriteString("|---|---|---|---|---|---|---|---|---|\n")
		for _, o := range d.Operations {
			fmt.Fprintf(&text, "| %s | %.0f | %.0f | **%.2f** | %s | %.2f, %.2f ms | %.2f, %.2f ms | %.0f | %.0f |\n",
				o.Name, o.Ours, o.Floor, o.Ratio, o.target(), o.P50, o.P99, o.FloorP50, o.FloorP99, o.Allocs, o.AllocSize)
		}
	}
	text.WriteString("\n| | measured | at most |\n|---|---|---|\n")
	fmt.Fprintf(&text, "| stripped binary | %.1f MB | 40 MB |\n", r.BinaryMB)
	for _, d := range r.Databases {
		fmt.Fprintf(&text, "| %s: from the start to the first token | %.0f ms | 200 ms |\n", d.Name, d.StartMS)
		if d.Mixed > 0 {
			fmt.Fprintf(&text, "| %s: resident memory after %d mixed requests of 1,000 applications | %d MiB | 64 MiB |\n",
				d.Name, d.Mixed, d.MemoryMiB)
		}
	}
	return text.String()
}

func writeRatios(dir string, r ratios) error { return replace(dir, "ratios", r.markdown()) }

// replace puts a text between the two markers of a name in PERFORMANCE.md.
func replace(dir, name, text string) error {
	path := filepath.Join(dir, "PERFORMANCE.md")
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, found := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s has no markers for %s", path, name)
	}
	return os.WriteFile(path, []byte(before+begin+text+end+after), 0o644)
}
