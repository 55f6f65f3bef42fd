package house_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// TestReadmeTestsEveryModule checks that the test command of README.md runs the
// nested modules, which "./..." leaves out.
func TestReadmeTestsEveryModule(t *testing.T) {
	is := is.New(t)
	root := os.DirFS(filepath.Join("..", "..", ".."))
	readme, err := fs.ReadFile(root, "README.md")
	is.NoErr(err)
	modules := 0
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(entry.Name()):
			return fs.SkipDir
		case entry.Name() == "go.mod" && name != "go.mod":
			modules++
			is.True(strings.Contains(string(readme), "go test -C "+path.Dir(name)+" ./...")) // each is in the command
		}
		return nil
	})
	is.NoErr(err)
	is.True(modules >= 1) // nested modules are found
}
