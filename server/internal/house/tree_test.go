package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// sourceFile is one Go file, parsed.
type sourceFile struct {
	path  string // below the root, with slashes
	lines []string
	tree  *ast.File
	test  bool // its name ends in _test.go
}

// folder is the Go files of one directory: a package and its tests.
type folder struct {
	path  string
	files []*sourceFile
}

// repository is every Go file below a root. Nested modules belong to it.
type repository struct {
	positions *token.FileSet
	folders   []*folder
}

// skipped reports whether a directory holds what others wrote or tools made.
func skipped(name string) bool {
	return name == "testdata" || name == "node_modules" || name == "vendor" || strings.HasPrefix(name, ".") && name != "."
}

// readRepository parses every Go file below root.
func readRepository(root string) (*repository, error) {
	r := &repository{positions: token.NewFileSet()}
	files := os.DirFS(root)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		return r.add(name, string(text))
	})
	return r, err
}

// add parses one file. Generated files are left out.
func (r *repository) add(name, text string) error {
	tree, err := parser.ParseFile(r.positions, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(tree) {
		return err
	}
	file := &sourceFile{
		path: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n"), tree: tree,
		test: strings.HasSuffix(name, "_test.go"),
	}
	directory := path.Dir(name)
	at := slices.IndexFunc(r.folders, func(f *folder) bool { return f.path == directory })
	if at < 0 {
		at = len(r.folders)
		r.folders = append(r.folders, &folder{path: directory})
	}
	r.folders[at].files = append(r.folders[at].files, file)
	return nil
}

// at returns the file and line of a place in the source.
func (r *repository) at(place token.Pos) string {
	position := r.positions.Position(place)
	return fmt.Sprintf("%s:%d", filepath.ToSlash(position.Filename), position.Line)
}

// height returns the number of lines from the first to the last of a node.
func (r *repository) height(node ast.Node) int {
	return r.positions.Position(node.End()).Line - r.positions.Position(node.Pos()).Line + 1
}

// sources returns the files of a folder that are not tests.
func (f *folder) sources() []*sourceFile {
	return slices.DeleteFunc(slices.Clone(f.files), func(s *sourceFile) bool { return s.test })
}

// functions returns every function and method with a body in the files.
func functions(files []*sourceFile) []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, file := range files {
		for _, declaration := range file.tree.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Body != nil {
				all = append(all, function)
			}
		}
	}
	return all
}
