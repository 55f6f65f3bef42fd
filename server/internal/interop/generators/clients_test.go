package generators_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// TestOpenAPIPythonClient generates with the default options; a warning is a failure.
func TestOpenAPIPythonClient(t *testing.T) {
	generator, interpreter := needPython(t, "openapi-python-client"), needPython(t, "python")
	latest, _ := documents(t)
	dir := t.TempDir()
	path := "PATH=" + filepath.Dir(generator) + string(os.PathListSeparator) + os.Getenv("PATH") // of the formatter
	run(t, dir, append(os.Environ(), path), generator, "generate", "--fail-on-warning", "--path", latest)
	copyFiles(t, dir, map[string]string{"python/drive.py": "drive.py"})
	drive(t, dir, []string{"PYTHONPATH=" + filepath.Join(dir, "anteroom-external-api-client")}, interpreter, "drive.py")
}

// TestOapiCodegen builds the client of both forms. The program that calls every operation
// is written for the names in the newer one.
func TestOapiCodegen(t *testing.T) {
	is := is.New(t)
	for _, document := range both(t) {
		t.Run(filepath.Base(document), func(t *testing.T) {
			dir := t.TempDir()
			is.NoErr(os.Mkdir(filepath.Join(dir, "client"), 0o700))
			copyFiles(t, dir, map[string]string{"go/main.go": "main.go", "go/drive.mod": "go.mod", "go/drive.sum": "go.sum"})
			output := run(t, dir, os.Environ(), "go", "run", codegen, "-generate", "types,client", "-package", "client",
				"-o", "client/client.go", document)
			is.True(!strings.Contains(output, "WARNING")) // nothing is left out
			run(t, dir, os.Environ(), "go", "build", "./client")
			if filepath.Base(document) == "openapi.json" {
				run(t, dir, os.Environ(), "go", "build", "-o", "drive", ".")
				drive(t, dir, nil, filepath.Join(dir, "drive"))
			}
		})
	}
}

func TestOpenAPITypeScript(t *testing.T) {
	is := is.New(t)
	generator, compiler := needNode(t, ".bin/openapi-typescript"), needNode(t, ".bin/tsc")
	for _, document := range both(t) {
		t.Run(filepath.Base(document), func(t *testing.T) {
			dir := t.TempDir()
			is.NoErr(os.Symlink(filepath.Dir(filepath.Dir(compiler)), filepath.Join(dir, "node_modules")))
			copyFiles(t, dir, map[string]string{"node/drive.ts": "drive.ts", "node/tsconfig.json": "tsconfig.json",
				"node/package.json": "package.json"})
			run(t, dir, os.Environ(), generator, document, "-o", "api.ts")
			run(t, dir, os.Environ(), compiler, "-p", ".")
			drive(t, dir, nil, "node", "drive.js")
		})
	}
}

// both returns the document in its two forms.
func both(t *testing.T) []string {
	t.Helper()
	latest, older := documents(t)
	return []string{latest, older}
}
