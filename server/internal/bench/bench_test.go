//go:build linux

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// TestWrite holds that the figures come between their markers, and that the rest of the document stays. The commands
// themselves run in .ci/run.
func TestWrite(t *testing.T) {
	is := is.New(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "PERFORMANCE.md")
	is.NoErr(os.WriteFile(path, []byte("a\n<!-- ratios -->\nold\n<!-- end of ratios -->\nz\n"), 0o600))
	found := ratios{Databases: []onDatabase{{Name: "sqlite", MemoryMiB: 50, Mixed: 100, Operations: []operation{
		{Name: "token", Ours: 50, Floor: 100, Ratio: 0.5, Target: 0.7}}}}}
	is.NoErr(writeRatios(dir, found))
	text, err := os.ReadFile(path)
	is.NoErr(err)
	is.True(strings.HasPrefix(string(text), "a\n<!-- ratios -->\n"))
	is.True(strings.HasSuffix(string(text), "<!-- end of ratios -->\nz\n"))
	is.True(strings.Contains(string(text), "| token | 50 | 100 | **0.50** | 0.70 |"))
	is.True(!strings.Contains(string(text), "old"))
	is.True(replace(dir, "curve", "") != nil) // there are no markers of that name
}

func TestArguments(t *testing.T) {
	is := is.New(t)
	is.True(errors.Is(run(t.Context(), []string{"compare", "--database", "other"}, &strings.Builder{}), errKind))
	is.True(errors.Is(run(t.Context(), []string{"flat", "--database", "both"}, &strings.Builder{}), errKind))
}
