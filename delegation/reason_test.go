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

// reasons reads the constants of refusal.go: their names and values.
func reasons(t *testing.T) map[string]delegation.Reason {
	t.Helper()
	is := is.New(t)
	file, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	is.NoErr(err)
	found := map[string]delegation.Reason{}
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Reason") {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			is.NoErr(err)
			found[spec.Names[0].Name] = delegation.Reason(value)
		}
		return true
	})
	return found
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
	for _, name := range []string{"internal/assertion/doc.go", "internal/jwt/fault.go"} {
		text, err := os.ReadFile(name)
		is.NoErr(err)
		faults.Write(text)
	}
	all, texts := reasons(t), map[string]bool{}
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
	is.Equal(delegation.Reason("other").Text(), "The request is refused: other.") // of a later version
}
