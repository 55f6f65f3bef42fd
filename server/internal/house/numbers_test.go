package house_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"
)

// The numbers to stay under.
const (
	maxNames     = 40   // exported types and functions of a package
	maxFiles     = 20   // files of a package that are not tests
	maxLines     = 2200 // lines of these files
	maxFileLines = 300  // lines of a file, tests too
	maxFunction  = 25   // lines of nine functions in ten, in each package
	maxColumns   = 120  // of a line; a tab is one
)

// tooManyNames counts the exported names of each package: types, and functions that
// are no methods. Constants count with their type, and untyped ones, such as
// codes, once in all. Sentinel errors and embedded files, the only variables, do
// not count.
func tooManyNames(r *repository) (violations []string) {
	for _, f := range r.folders {
		count, sets := 0, 0
		own := declaredTypes(f)
		for _, file := range f.sources() {
			for _, declaration := range file.tree.Decls {
				names, untyped := countNames(declaration, own)
				count, sets = count+names, max(sets, untyped)
			}
		}
		count += sets
		if count > maxNames {
			violations = append(violations, fmt.Sprintf("%s: %d exported names, at most %d", f.path, count, maxNames))
		}
	}
	return violations
}

// declaredTypes returns the names of the types that the package declares.
func declaredTypes(f *folder) map[string]bool {
	names := map[string]bool{}
	for _, file := range f.sources() {
		for _, declaration := range file.tree.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				names[spec.(*ast.TypeSpec).Name.Name] = true
			}
		}
	}
	return names
}

// countNames returns how many types and functions a declaration exports, and 1 if
// it exports untyped constants.
func countNames(declaration ast.Decl, own map[string]bool) (names, untyped int) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			names++
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					names++
				}
			case *ast.ValueSpec:
				if d.Tok == token.CONST && exported(s) && !typedBy(d, own) {
					untyped = 1
				}
			}
		}
	}
	return names, untyped
}

// exported reports whether one of the names is.
func exported(s *ast.ValueSpec) bool {
	return slices.ContainsFunc(s.Names, (*ast.Ident).IsExported)
}

// typedBy reports whether the first name of a block has a type of the package.
func typedBy(block *ast.GenDecl, own map[string]bool) bool {
	name, ok := block.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident)
	return ok && own[name.Name]
}

// tooLargePackages counts files and lines of each package, without its tests.
func tooLargePackages(r *repository) (violations []string) {
	for _, f := range r.folders {
		files, lines := f.sources(), 0
		for _, file := range files {
			lines += len(file.lines)
		}
		if len(files) > maxFiles {
			violations = append(violations, fmt.Sprintf("%s: %d files, at most %d", f.path, len(files), maxFiles))
		}
		if lines > maxLines {
			violations = append(violations, fmt.Sprintf("%s: %d lines, at most %d", f.path, lines, maxLines))
		}
	}
	return violations
}

// tooLongFiles counts the lines of each file.
func tooLongFiles(r *repository) (violations []string) {
	for _, f := range r.folders {
		for _, file := range f.files {
			if n := len(file.lines); n > maxFileLines {
				violations = append(violations, fmt.Sprintf("%s:%d: %d lines, at most %d", file.path, n, n, maxFileLines))
			}
		}
	}
	return violations
}

// tooLongFunctions counts the lines of nine functions in ten of each package,
// without its tests, and names the longer ones. In a package of fewer than ten
// functions that is all of them.
func tooLongFunctions(r *repository) (violations []string) {
	for _, f := range r.folders {
		all := functions(f.sources())
		slices.SortFunc(all, func(a, b *ast.FuncDecl) int { return cmp.Compare(r.height(a), r.height(b)) })
		if len(all) == 0 || r.height(all[(len(all)*9+9)/10-1]) <= maxFunction {
			continue
		}
		for _, function := range all {
			if n := r.height(function); n > maxFunction {
				violations = append(violations, fmt.Sprintf("%s: %s has %d lines, and too many of this package have more than %d",
					r.at(function.Pos()), function.Name.Name, n, maxFunction))
			}
		}
	}
	return violations
}

// tooLongLines counts the columns of each line. A struct tag cannot be broken, and
// the commands have the help of their flags in tags.
func tooLongLines(r *repository) (violations []string) {
	for _, f := range r.folders {
		for _, file := range f.files {
			for i, line := range file.lines {
				if n := utf8.RuneCountInString(line); n > maxColumns && !tagged(line) {
					violations = append(violations, fmt.Sprintf("%s:%d: %d columns, at most %d", file.path, i+1, n, maxColumns))
				}
			}
		}
	}
	return violations
}

// tagged reports whether a line ends in a struct tag.
func tagged(line string) bool { return strings.HasSuffix(line, "\"`") && strings.Contains(line, ":\"") }
