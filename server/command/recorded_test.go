package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/appflags"
)

// readingCommands change nothing in a database.
var readingCommands = []string{"backup", "app list", "app show", "app explain", "app secret list",
	"app google-key list", "user list", "user show",
	"token inspect", "key list", "room list", "room show", "stats", "audit list", "audit verify", "probe", "export",
	"completion", "complete", "man", "version", "licenses"}

// recordedElsewhere are the commands of which a script shows that they leave a record, and serve, which does what it
// does by itself.
var recordedElsewhere = map[string]string{"migrate": "schema.txtar", "copy": "copy.txtar", "serve": ""}

// movedIn is what the test imports.
const movedIn = `{"kind":"user","email":"zoe@example.com"}
{"kind":"application","client_id":"moved","name":"Moved","scopes":["rooms:create"],"domains":["example.com"]}
{"kind":"room","slug":"team","name":"Team","members":[{"email":"zoe@example.com","role":"owner"}]}
`

// changes are the commands that change something, with arguments with which they do, in an order in which they can.
func changes(dir, token string) [][]string {
	return [][]string{
		{"app create", "--name", "Other", "--scope", "rooms:list", "--client-id", "app_other"},
		{"app update", "app_other", "--name", "Another"},
		{"app disable", "app_other"}, {"app enable", "app_other"},
		{"app secret add", "app_other"}, {"app secret rotate", "app_other"},
		{"app secret disable", "app_other", "SECRET"},
		{"app google-key create", "app_other"}, {"app google-key end", "app_other", "GOOGLE KEY"},
		{"user add", "bob@example.com"}, {"user import", filepath.Join(dir, "users")},
		{"user disable", "bob@example.com"}, {"user enable", "bob@example.com"},
		{"user protect", "bob@example.com"}, {"user unprotect", "bob@example.com"},
		{"user opt-out", "bob@example.com", "app_other"}, {"user opt-in", "bob@example.com", "app_other"},
		{"app revoke-tokens", "app_other", "--email", "bob@example.com"}, {"app revoke-tokens", "app_other"},
		{"user rename", "bob@example.com", "carl@example.com"}, {"user delete", "carl@example.com"},
		{"token revoke", token},
		{"import", filepath.Join(dir, "moved")}, {"room delete", "team"},
		{"key rotate"}, {"key reseal"}, {"key compromise", "KEY"}, {"key reset", "--root-key-lost"},
		{"app delete", "app_other"},
	}
}

// TestEveryCommandLeavesARecord goes through every command, so that a new one is put into one list or another.
func TestEveryCommandLeavesARecord(t *testing.T) {
	is := is.New(t)
	url, dir := dbtest.SQLite(t), t.TempDir()
	db := dbtest.Open(t, url)
	roots := delegation.NewRootKeys()
	h := &hosted{T: t, env: map[string]string{"ANTEROOM_DATABASE_URL": url, "ANTEROOM_ROOT_KEY": string(roots.Encode()),
		"ANTEROOM_URL": "https://meet.example.org"}}
	is.NoErr(os.WriteFile(filepath.Join(dir, "users"), []byte("dora@example.com\n"), 0o600))
	is.NoErr(os.WriteFile(filepath.Join(dir, "moved"), []byte(movedIn), 0o600))
	left := map[string]bool{}
	for _, leaf := range kong.Must(&commands{}, kong.Vars{"suffix": appflags.SuffixHelp}).Model.Leaves(false) {
		var path []string
		for node := leaf; node.Parent != nil; node = node.Parent {
			path = append(path, node.Name)
		}
		slices.Reverse(path)
		name := strings.Join(path, " ")
		script, elsewhere := recordedElsewhere[name]
		left[name] = !elsewhere && !slices.Contains(readingCommands, name)
		if script != "" {
			text, err := os.ReadFile(filepath.Join("testdata", "script", script))
			is.NoErr(err)
			is.True(strings.Contains(string(text), "database.")) // it looks for the record
		}
	}
	for _, args := range changes(dir, h.tokenOf(db, roots)) {
		h.leavesRecord(db, args)
		left[args[0]] = false
	}
	for name, forgotten := range left {
		if forgotten {
			t.Errorf("%s is in no list", name)
		}
	}
	_, err := audit.Verify(t.Context(), db)
	is.NoErr(err)
}

// leavesRecord runs a command, and finds what it recorded.
func (h *hosted) leavesRecord(db *bun.DB, args []string) {
	h.Helper()
	is := is.New(h.T)
	before, err := audit.Verify(h.Context(), db)
	is.NoErr(err)
	line := append(strings.Fields(args[0]), args[1:]...)
	for i, arg := range line {
		switch arg {
		case "SECRET":
			line[i] = h.first("secret_id", "app", "secret", "list", "app_other", "--json")
		case "GOOGLE KEY":
			line[i] = h.first("key_id", "app", "google-key", "list", "app_other", "--json")
		case "KEY":
			line[i] = h.first("kid", "key", "list", "--json")
		}
	}
	if args[0] == "key reseal" { // there is something to seal anew
		h.env["ANTEROOM_ROOT_KEY"] = string(delegation.NewRootKeys().Encode()) + "\n" + h.env["ANTEROOM_ROOT_KEY"]
	}
	if status, _, errs := h.run(Product{}, append(line, "--as", "Olivia")...); status != 0 {
		h.Fatalf("%v: status %d: %s", line, status, errs)
	}
	entries, _, err := audit.List(h.Context(), db, audit.Query{By: "Olivia"})
	is.NoErr(err)
	if len(entries) == 0 || entries[0].Seq <= before.Head.Seq {
		h.Errorf("%s leaves no record", args[0])
	}
}

// first returns a member of the first object of a list.
func (h *hosted) first(member string, args ...string) string {
	h.Helper()
	var list []map[string]any
	_, out, _ := h.run(Product{}, args...)
	is.New(h.T).NoErr(json.Unmarshal([]byte(out), &list))
	return list[0][member].(string)
}

// tokenOf returns a token.
func (h *hosted) tokenOf(db *bun.DB, roots delegation.RootKeys) string {
	h.Helper()
	is, ctx := is.New(h.T), h.Context()
	reg, err := registry.New(registry.Config{DB: db, RootKeys: roots})
	is.NoErr(err)
	keys, err := reg.OpenKeys(ctx)
	is.NoErr(err)
	authority, err := delegation.New(delegation.Config{Issuer: h.env["ANTEROOM_URL"], RootKeys: roots, Keys: keys,
		Audience: h.env["ANTEROOM_URL"] + "/external-api", Applications: reg, Users: reg, Provisioner: reg})
	is.NoErr(err)
	app, secret, err := reg.CreateApplication(ctx, delegation.Application{Name: "Calendar", Provision: true,
		Scopes: scopes.All(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	is.NoErr(err)
	token, err := authority.Issue(ctx, delegation.TokenRequest{Scope: "eve@example.com",
		Credentials: delegation.Credentials{ClientID: app.ClientID, ClientSecret: secret}})
	is.NoErr(err)
	return string(token.Access)
}
