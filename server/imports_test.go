package server_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/matryer/is"
)

const module = "github.com/anteroom-go/anteroom/"

// dependencies returns every package that importing the named one links.
func dependencies(t *testing.T, name string) []string {
	t.Helper()
	output, err := exec.Command("go", "list", "-deps", module+name).Output()
	is.New(t).NoErr(err)
	return strings.Fields(string(output))
}

// TestImportsPointOneWay pins the graph of packages.
func TestImportsPointOneWay(t *testing.T) {
	// What each package may link besides the standard library and what its
	// own dependencies bring: packages of this module, and modules that are
	// kept out.
	inside := []string{"scopes", "delegation/internal/address", "delegation/internal/jwk", "delegation/internal/jwt",
		"delegation/internal/rootkey", "delegation/internal/secretform"}
	tests := map[string]struct {
		ours   []string
		banned []string
	}{
		"scopes":              {nil, []string{"."}},
		"delegation":          {inside, []string{"github.com/uptrace/bun", "database/sql", "net/http"}},
		"delegation/registry": {append(inside, "delegation"), []string{"net/http"}},
		"rooms":               {nil, []string{"github.com/go-jose", "net/http"}},
		"server": {append(inside, "delegation", "delegation/registry", "rooms"),
			[]string{"github.com/pressly/goose", "github.com/alecthomas/kong"}},
		"server/database/migrate": {append(inside, "delegation", "delegation/registry", "rooms", "server/database/internal/filelock"), nil},
	}
	drivers := []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/lib/pq", "github.com/mattn/go-sqlite3"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			allowed := map[string]bool{name: true}
			for _, one := range test.ours {
				allowed[one] = true
			}
			for _, dependency := range dependencies(t, name) {
				if ours, found := strings.CutPrefix(dependency, module); found {
					is.True(allowed[ours]) // packages of this module depend on each other one way
					continue
				}
				first, _, _ := strings.Cut(dependency, "/")
				for _, banned := range append(drivers, test.banned...) {
					if banned == "." {
						is.True(!strings.Contains(first, ".")) // the standard library only
						continue
					}
					is.True(dependency != banned && !strings.HasPrefix(dependency, banned+"/")) // no driver, and nothing out of place
				}
			}
		})
	}
}
