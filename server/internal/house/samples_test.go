package house_test

import (
	"fmt"
	"strings"
)

// sample is a source with a known number of violations of one rule.
type sample struct {
	rule       string
	files      map[string]string
	violations int
}

// samples returns, for every rule, what breaks it and what does not.
func samples() map[string]sample {
	source := func(rule string, violations int, text string) sample {
		return sample{rule, map[string]string{"rooms/a.go": "package rooms\n" + text}, violations}
	}
	tested := func(rule string, violations int, path, text string) sample {
		return sample{rule, map[string]string{path: "package rooms\n" + text}, violations}
	}
	return map[string]sample{
		"41 functions": source("exported names", 1, numbered("func F%d() {}\n", 41)),
		"40 functions": source("exported names", 0, numbered("func F%d() {}\n", 40)),
		"untyped constants count once": source("exported names", 0,
			numbered("func F%d() {}\n", 39)+"const (\n"+numbered("C%d = 1\n", 9)+")\nconst C = 1\n"),
		"untyped constants count": source("exported names", 1,
			numbered("func F%d() {}\n", 40)+"const (\n"+numbered("C%d = 1\n", 9)+")\n"),
		"errors do not count": source("exported names", 0,
			numbered("func F%d() {}\n", 40)+"var (\n"+numbered("E%d error\n", 9)+")\n"),
		"constants count with their type": source("exported names", 0,
			"type T int\nconst (\n"+numbered("C%d T = 1\n", 9)+")\n"+numbered("func F%d() {}\n", 39)),
		"methods do not count": source("exported names", 0, "type T int\n"+numbered("func (T) F%d() {}\n", 50)),
		"21 files":             {"package size", numberedFiles("rooms/f%d.go", 21), 1},
		"20 files, and tests":  {"package size", numberedFiles("rooms/f%d.go", 20, "rooms/f_test.go"), 0},
		"2,201 lines":          source("package size", 1, strings.Repeat("\n", 2200)),
		"2,200 lines":          source("package size", 0, strings.Repeat("\n", 2199)),
		"301 lines":            source("file length", 1, strings.Repeat("\n", 300)),
		"301 lines of a test":  tested("file length", 1, "rooms/a_test.go", strings.Repeat("\n", 300)),
		"300 lines":            source("file length", 0, strings.Repeat("\n", 299)),
		"one function of 26":   source("function length", 1, "func f() {\n"+strings.Repeat("\n", 24)+"}\n"),
		"one function of 25":   source("function length", 0, "func f() {\n"+strings.Repeat("\n", 23)+"}\n"),
		"one long in ten": source("function length", 0,
			numbered("func f%d() {}\n", 9)+"func f() {\n"+strings.Repeat("\n", 50)+"}\n"),
		"a long tag": source("line length", 0, "type t struct {\n\tF int `help:\""+strings.Repeat("x",
			120)+"\"`\n}"),
		"121 columns":           source("line length", 1, "// "+strings.Repeat("é", 118)),
		"120 columns":           source("line length", 0, "// "+strings.Repeat("é", 117)),
		"asserted elsewhere":    tested("type assertion", 1, "server/a.go", "var _, ok = x.(rooms.Transactor)"),
		"asserted at home":      source("type assertion", 1, "var _, ok = x.(Transactor)"),
		"switched on":           source("type assertion", 1, "func f() { switch x.(type) { case Transactor: } }"),
		"asserted in a test":    tested("type assertion", 0, "rooms/a_test.go", "var _, ok = x.(Transactor)"),
		"asserted, no contract": source("type assertion", 0, "var _, ok = x.(string)"),
		"a word":                source("words", 2, "// Somebody asks\n// nobody.\nvar x = \"anybody\""),
		"a mark":                source("open ends", 1, "// TO"+"DO: more."),
		"a sleep":               tested("sleeping test", 1, "rooms/a_test.go", "func f() { time.Sleep(1) }"),
		"a sleep in a suite":    tested("sleeping test", 1, "rooms/roomstest/a.go", "func f() { time.Sleep(1) }"),
		"a skip":                tested("skipped test", 1, "rooms/a_test.go", "func f() { t.Skipf(\"\") }"),
		"the one skip":          tested("skipped test", 0, "server/database/dbtest/a.go", "func f() { t.Skipf(\"\") }"),
		"no comment":            source("documentation", 4, "type T int\nfunc F() {}\nfunc (T) M() {}\nvar V int"),
		"another comment":       source("documentation", 1, "// Returns one.\nfunc F() {}"),
		"a comment":             source("documentation", 0, "// F returns one.\nfunc F() {}\n\n// The T's.\ntype T int"),
		"a block's comment":     source("documentation", 0, "// The errors.\nvar (\nErrA error\nErrB error\n)"),
		"a well-known method": source("documentation", 0,
			"// T is one.\ntype T int\nfunc (T) Error() string { return \"\" }"),
		"not exported": source("documentation", 0, "type t int\nfunc (t) F() {}"),
	}
}

// numbered repeats a line with the numbers from 1.
func numbered(format string, n int) string {
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, format, i+1)
	}
	return lines.String()
}

// numberedFiles returns empty files, numbered from 1, and others beside them.
func numberedFiles(format string, n int, others ...string) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf(format, i+1)] = "package rooms\n"
	}
	for _, name := range others {
		files[name] = "package rooms\n"
	}
	return files
}
