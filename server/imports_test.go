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

// TestImportsPointOneWay pins the graph of packages: what each may link besides
// the standard library and what its own dependencies bring.
func TestImportsPointOneWay(t *testing.T) {
	const sql, web, jose = "github.com/uptrace/bun", "net/http", "github.com/go-jose"
	const tables = "server/database/tables" // names, which every statement needs
	const native = "server/database/native" // statements with arguments, which the stores send
	const versions = "server/database/dataversion"
	delegations := []string{"scopes", "delegation/internal/...", "delegation/rates", "delegation/by",
		"delegation/dpop", "delegation/google"}
	inRooms := []string{"rooms", "rooms/internal/...", "rooms/form", "rooms/moment"}
	domains := []string{"scopes", "delegation", "delegation/...", "rooms", "rooms/..."}
	tests := map[string]struct {
		ours   []string // packages of this module; "/..." stands for all below
		banned []string // packages and modules that are kept out
	}{
		"scopes":            {nil, []string{"."}},
		"delegation":        {delegations, []string{sql, "database/sql"}},
		"delegation/dpop":   {[]string{"delegation/internal/..."}, []string{sql, "database/sql"}},
		"delegation/google": {[]string{"scopes"}, []string{sql, "database/sql", web}},
		"delegation/rates":  {nil, []string{"."}},
		"delegation/by":     {nil, []string{"."}},
		"delegation/registry": {append(delegations, "delegation", "delegation/registry/...", tables, native, versions),
			nil},
		"rooms":       {inRooms, []string{jose, web, sql}},
		"rooms/once":  {inRooms, []string{jose, web, sql}},
		"rooms/pins":  {inRooms, []string{jose, web, sql}},
		"rooms/stats": {inRooms, []string{jose, web, sql}},
		"rooms/roomsql": {append(inRooms, "rooms/once", "rooms/pins", "rooms/stats", tables, native,
			"server/database/session"),
			[]string{jose, web}},
		"server/internal/wire":   {[]string{"server/internal/..."}, []string{sql}},
		"server/internal/quota":  {[]string{"server/internal/...", "delegation/rates"}, []string{sql}},
		"server/internal/invite": {[]string{"server/internal/..."}, []string{sql}},
		"server": {append(domains, "server/internal/...", "server/calls", "server/database/session",
			"server/database/schema", tables, native, versions),
			[]string{"github.com/pressly/goose", "github.com/alecthomas/kong"}},
		"server/database/migrate": {append(domains, "server/database/internal/...", "server/database/session",
			"server/database/schema", tables, native, versions), nil},
		"server/database/handle": {[]string{tables}, []string{jose, web, "github.com/pressly/goose"}},
		"server/database/native": {nil, []string{jose, web, "github.com/pressly/goose"}},
		"server/database/tables": {nil, []string{jose, web, "github.com/pressly/goose"}},
		"server/database/schema": {append(domains, tables, native, versions, "server/database/session"),
			[]string{"github.com/pressly/goose"}},
		"server/database/session": {[]string{native}, []string{"github.com/pressly/goose"}},
	}
	drivers := []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/lib/pq", "github.com/mattn/go-sqlite3",
		"github.com/prometheus", "go.opentelemetry.io"} // a host chooses its own
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for _, dependency := range dependencies(t, name) {
				if ours, found := strings.CutPrefix(dependency, module); found {
					is.True(among(ours, append(test.ours, name))) // packages of this module depend on each other one way
					continue
				}
				first, _, _ := strings.Cut(dependency, "/")
				for _, banned := range append(drivers, test.banned...) {
					if banned == "." {
						is.True(!strings.Contains(first, ".")) // the standard library only
						continue
					}
					// no driver, no metrics, nothing out of place
					is.True(dependency != banned && !strings.HasPrefix(dependency, banned+"/"))
				}
			}
		})
	}
}

// among reports whether a package is one of those listed, or below one of them.
func among(name string, list []string) bool {
	return slices.ContainsFunc(list, func(one string) bool {
		below, all := strings.CutSuffix(one, "...")
		return name == one || all && strings.HasPrefix(name, below)
	})
}

// TestDomainsImportNoHTTP checks the imports of the domain packages themselves: the
// list of public suffixes links net/http for an interface of its own.
func TestDomainsImportNoHTTP(t *testing.T) {
	is := is.New(t)
	for _, tree := range []string{"scopes", "delegation", "rooms"} {
		output, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, module+tree+"/...").Output()
		is.NoErr(err)
		is.True(!slices.Contains(strings.Fields(string(output)), "net/http"))
	}
}
