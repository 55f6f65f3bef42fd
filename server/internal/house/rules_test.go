package house_test

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
)

// each calls visit with every node of the files that are chosen and returns the
// places for which it returns a text.
func each(
	r *repository, chosen func(*sourceFile) bool, visit func(*sourceFile, ast.Node) string,
) (violations []string) {
	for _, f := range r.folders {
		for _, file := range f.files {
			if !chosen(file) {
				continue
			}
			ast.Inspect(file.tree, func(node ast.Node) bool {
				if node == nil {
					return false
				}
				if text := visit(file, node); text != "" {
					violations = append(violations, r.at(node.Pos())+": "+text)
				}
				return true
			})
		}
	}
	return violations
}

// contractPackages hold the contracts that a host can replace.
var contractPackages = []string{"rooms", "delegation", "registry", "once", "stats"}

// assertedContracts finds type assertions and type switches on what the contract
// packages declare: a decorator that a host lays around a contract would lose
// what is looked for in this way. Within such a package the assertion is on an
// exported name alone.
func assertedContracts(r *repository) []string {
	inside := func(file *sourceFile) bool {
		top, _, _ := strings.Cut(file.path, "/")
		return !file.test && slices.Contains([]string{"server", "rooms", "delegation"}, top)
	}
	return each(r, inside, func(file *sourceFile, node ast.Node) string {
		own := slices.Contains(contractPackages, path.Base(path.Dir(file.path)))
		for _, target := range asserted(node) {
			if name, found := contractName(target, own); found {
				return "a type assertion on " + name + ": a capability is a field of a configuration"
			}
		}
		return ""
	})
}

// asserted returns the types that a node asserts.
func asserted(node ast.Node) []ast.Expr {
	switch n := node.(type) {
	case *ast.TypeAssertExpr:
		return []ast.Expr{n.Type}
	case *ast.TypeSwitchStmt:
		var all []ast.Expr
		for _, clause := range n.Body.List {
			all = append(all, clause.(*ast.CaseClause).List...)
		}
		return all
	}
	return nil
}

// contractName returns the name of a type if a contract package declares it.
func contractName(target ast.Expr, own bool) (string, bool) {
	switch t := target.(type) {
	case *ast.Ident:
		return t.Name, own && t.IsExported() && len(t.Name) > 1 // one letter is a type parameter
	case *ast.SelectorExpr:
		qualifier, ok := t.X.(*ast.Ident)
		return t.Sel.Name, ok && slices.Contains(contractPackages, qualifier.Name)
	}
	return "", false
}

// words are those that plain English does without.
var words = regexp.MustCompile(`(?i)\b(somebody|nobody|anybody|what is none)\b`)

// marks are what is left for later.
var marks = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

func forbiddenWords(r *repository) []string { return commented(r, words) }
func openEnds(r *repository) []string       { return commented(r, marks) }

// commented returns the comments that match.
func commented(r *repository, pattern *regexp.Regexp) (violations []string) {
	for _, f := range r.folders {
		for _, file := range f.files {
			for _, group := range file.tree.Comments {
				for _, comment := range group.List {
					violations = append(violations, found(r, comment, pattern)...)
				}
			}
		}
	}
	return violations
}

// found returns the lines of a comment that match.
func found(r *repository, comment *ast.Comment, pattern *regexp.Regexp) (violations []string) {
	first := r.positions.Position(comment.Pos())
	for i, line := range strings.Split(comment.Text, "\n") {
		if word := pattern.FindString(line); word != "" {
			violations = append(violations, fmt.Sprintf("%s:%d: %q", first.Filename, first.Line+i, word))
		}
	}
	return violations
}

// sleepingTests finds time.Sleep in tests and in the packages that help tests.
func sleepingTests(r *repository) []string {
	return each(r, helpsTests, func(_ *sourceFile, node ast.Node) string {
		if selector, ok := node.(*ast.SelectorExpr); ok && selector.Sel.Name == "Sleep" {
			if qualifier, ok := selector.X.(*ast.Ident); ok && qualifier.Name == "time" {
				return "a test sleeps"
			}
		}
		return ""
	})
}

// helpsTests reports whether a file is a test, or helps tests.
func helpsTests(file *sourceFile) bool {
	return file.test || strings.HasSuffix(path.Dir(file.path), "test")
}

// skippedTests finds tests that skip themselves. dbtest.Missing is the one place
// that does, because it fails where nothing may be skipped.
func skippedTests(r *repository) []string {
	chosen := func(file *sourceFile) bool { return helpsTests(file) && path.Base(path.Dir(file.path)) != "dbtest" }
	return each(r, chosen, func(_ *sourceFile, node ast.Node) string {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return ""
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, selector.Sel.Name) {
			return "a test skips itself without dbtest.Missing"
		}
		return ""
	})
}
