package licenses_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/licenses"
)

func TestLicensesAreThere(t *testing.T) {
	is := is.New(t)
	var text strings.Builder
	is.NoErr(licenses.Write(&text))
	is.True(strings.HasPrefix(text.String(), "github.com/anteroom-go/anteroom: LICENSE\n")) // ours first
	for _, linked := range []string{
		"\nGo: LICENSE\n", "\nmodernc.org/sqlite v", ": LICENSE-SQLITE\n", "\ngithub.com/go-jose/go-jose/v4 v",
		"\ngithub.com/mattn/go-isatty v", // on one system only
	} {
		is.True(strings.Contains(text.String(), linked))
	}
	is.True(!strings.Contains(text.String(), "matryer/is")) // and nothing that only tests link
}

func TestLicensesAreUpToDate(t *testing.T) {
	for _, name := range []string{"go.mod", "go.sum", "LICENSE"} { // so that the result is not cached past a change
		_, err := os.ReadFile("../../../" + name)
		is.New(t).NoErr(err)
	}
	output, err := exec.Command("go", "run", "./collect", "-check").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output) // it has the command to run
	}
}
