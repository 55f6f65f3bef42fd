package house_test

import (
	"go/ast"
	"slices"
	"strings"
)

// wellKnown are methods of the standard library's interfaces, whose names say
// all there is to say. Their receivers are documented.
var wellKnown = []string{
	"Error", "Unwrap", "Is", "As", "String", "GoString", "Format", "LogValue", "MarshalJSON", "UnmarshalJSON",
	"MarshalText", "UnmarshalText", "ServeHTTP", "Read", "Write", "Close",
}

// undocumentedNames finds exported names without a comment that begins with the
// name. In a block of constants or variables one comment on the block is enough.
func undocumentedNames(r *repository) (violations []string) {
	for _, f := range r.folders {
		for _, file := range f.sources() {
			for _, declaration := range file.tree.Decls {
				for _, name := range undocumented(declaration) {
					violations = append(violations, r.at(name.Pos())+": "+name.Name+" has no comment that begins with its name")
				}
			}
		}
	}
	return violations
}

// undocumented returns the exported names of a declaration that lack a comment.
func undocumented(declaration ast.Decl) (names []*ast.Ident) {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && reachable(d) && !begins(d.Doc, d.Name) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if name := undocumentedSpec(d, spec); name != nil {
				names = append(names, name)
			}
		}
	}
	return names
}

// reachable reports whether a function or a method can be called by its name
// from another package, and needs a comment there.
func reachable(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported() && !slices.Contains(wellKnown, d.Name.Name)
}

// undocumentedSpec returns the exported name of a type, constant or variable
// that lacks a comment.
func undocumentedSpec(d *ast.GenDecl, spec ast.Spec) *ast.Ident {
	block := d.Lparen.IsValid()
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && !begins(s.Doc, s.Name) && (block || !begins(d.Doc, s.Name)) {
			return s.Name
		}
	case *ast.ValueSpec:
		documented := begins(s.Doc, s.Names[0]) || block && d.Doc != nil || !block && begins(d.Doc, s.Names[0])
		if exported(s) && !documented {
			return s.Names[0]
		}
	}
	return nil
}

// begins reports whether the first word of a comment is the name, after an
// article if there is one.
func begins(comment *ast.CommentGroup, name *ast.Ident) bool {
	text := comment.Text()
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	first := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n,.:;'’", r) })
	return len(first) > 0 && first[0] == name.Name
}
