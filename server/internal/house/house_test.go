// Package house_test counts what the house rules put a number on, and finds what
// they forbid, in every Go file of the repository. CONTRIBUTING.md has the
// reasons.
package house_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/matryer/is"
)

// rules are all rules, by the name under which a violation is reported.
var rules = map[string]func(*repository) []string{
	"exported names":  tooManyNames,
	"package size":    tooLargePackages,
	"file length":     tooLongFiles,
	"function length": tooLongFunctions,
	"line length":     tooLongLines,
	"type assertion":  assertedContracts,
	"words":           forbiddenWords,
	"open ends":       openEnds,
	"sleeping test":   sleepingTests,
	"skipped test":    skippedTests,
	"documentation":   undocumentedNames,
}

// TestHouseRules reports every violation in one run.
func TestHouseRules(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	_, err := os.Stat(filepath.Join(root, "go.mod"))
	is.New(t).NoErr(err) // the root is the root
	all, err := readRepository(root)
	is.New(t).NoErr(err)                   // every file can be read and parsed
	is.New(t).True(len(all.folders) >= 15) // the packages are found
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, violation := range rule(all) {
				t.Error(violation)
			}
		})
	}
}

// TestRulesFindTheirViolations shows each rule a source that breaks it, and one
// that does not.
func TestRulesFindTheirViolations(t *testing.T) {
	for name, sample := range samples() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			rule, known := rules[sample.rule]
			is.True(known)
			r, err := readRepository(t.TempDir())
			is.NoErr(err)
			for _, file := range slices.Sorted(maps.Keys(sample.files)) {
				is.NoErr(r.add(file, sample.files[file]))
			}
			is.Equal(len(rule(r)), sample.violations) // a rule finds what breaks it, and nothing else
		})
	}
}
