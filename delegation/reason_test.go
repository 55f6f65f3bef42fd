package delegation_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// reasons reads the reasons and the faults that are constants of a file: their names and values.
func reasons(t *testing.T, path string) map[string]delegation.Reason {
	t.Helper()
	is := is.New(t)
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	is.NoErr(err)
	found := map[string]delegation.Reason{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if ok && (strings.HasPrefix(spec.Names[0].Name, "Reason") || isFault(spec)) {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			is.NoErr(err)
			found[spec.Names[0].Name] = delegation.Reason(value)
		}
		return true
	})
	return found
}

// isFault reports whether a constant is of the type Fault.
func isFault(spec *ast.ValueSpec) bool {
	name, ok := spec.Type.(*ast.Ident)
	return ok && name.Name == "Fault"
}

func TestEveryReasonHasATextAndAUse(t *testing.T) {
	is := is.New(t)
	entries, err := os.ReadDir(".")
	is.NoErr(err)
	var source, faults strings.Builder
	for _, entry := range entries {
		text, _ := os.ReadFile(entry.Name())
		if name := entry.Name(); !strings.HasSuffix(name, "_test.go") && name != "refusal.go" {
			source.Write(text)
		}
	}
	for _, name := range []string{"internal/assertion/doc.go", "internal/jwt/fault.go", "internal/asked/asked.go"} {
		text, err := os.ReadFile(name)
		is.NoErr(err)
		faults.Write(text)
	}
	all, texts := reasons(t, "refusal.go"), map[string]bool{}
	is.True(len(all) > 40) // they were found
	for name, reason := range all {
		text := reason.Text()
		if text == "The request is refused: "+string(reason)+"." || texts[text] {
			t.Errorf("%s has no text of its own", name) // operators read sentences
		}
		texts[text] = true
		if !strings.Contains(source.String(), name) && !strings.Contains(faults.String(), ` = "`+string(reason)+`"`) {
			t.Errorf("%s refuses nothing", name)
		}
	}
	proofs := reasons(t, "dpop/fault.go")
	is.True(len(proofs) > 15)
	for name, reason := range proofs {
		text := reason.Text()
		if strings.HasPrefix(text, "The request is refused: ") || texts[text] {
			t.Errorf("dpop.%s has no text of its own", name)
		}
		texts[text] = true
	}
	is.Equal(delegation.Reason("other").Text(), "The request is refused: other.") // of a later version
}
