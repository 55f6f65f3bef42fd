package server_test

import (
	"os/exec"
	"slices"
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
		"delegation/internal/rootkey", "delegation/internal/secretform", "delegation/internal/reasontext"}
	domains := slices.Concat(inside, []string{"delegation", "delegation/registry", "delegation/internal/foreignhash",
		"rooms", "rooms/once", "rooms/stats", "rooms/roomsql"})
	tests := map[string]struct {
		ours   []string
		banned []string
	}{
		"scopes":     {nil, []string{"."}},
		"delegation": {inside, []string{"github.com/uptrace/bun", "database/sql", "net/http"}},
		"delegation/registry": {slices.Concat(inside, []string{"delegation", "delegation/internal/foreignhash"}),
			[]string{"net/http"}},
		"rooms":                 {nil, []string{"github.com/go-jose", "net/http", "github.com/uptrace/bun"}},
		"rooms/once":            {[]string{"rooms"}, []string{"github.com/go-jose", "net/http", "github.com/uptrace/bun"}},
		"rooms/stats":           {[]string{"rooms"}, []string{"github.com/go-jose", "net/http", "github.com/uptrace/bun"}},
		"rooms/roomsql":         {[]string{"rooms", "rooms/once", "rooms/stats"}, []string{"github.com/go-jose", "net/http"}},
		"server/internal/wire":  {nil, []string{"github.com/uptrace/bun"}},
		"server/internal/quota": {[]string{"server/internal/wire"}, []string{"github.com/uptrace/bun"}},
		"server/internal/admission": {[]string{"server/internal/quota", "server/internal/wire"},
			[]string{"github.com/uptrace/bun"}},
		"server/internal/clientaddr": {nil, []string{"github.com/uptrace/bun"}},
		"server/internal/oauth": {slices.Concat(inside, []string{"delegation", "server/internal/wire"}),
			[]string{"github.com/uptrace/bun"}},
		"server/internal/invite":   {[]string{"server/internal/wire"}, []string{"github.com/uptrace/bun"}},
		"server/internal/contract": {[]string{"server/internal/wire"}, []string{"github.com/uptrace/bun"}},
		"server": {slices.Concat(domains, []string{"server/internal/wire", "server/internal/quota", "server/internal/invite",
			"server/internal/contract", "server/internal/admission", "server/internal/clientaddr", "server/internal/oauth",
			"server/database/session"}),
			[]string{"github.com/pressly/goose", "github.com/alecthomas/kong"}},
		"server/database/migrate": {append(domains, "server/database/internal/filelock", "server/database/session"), nil},
		"server/database/session": {nil, []string{"github.com/pressly/goose"}},
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
