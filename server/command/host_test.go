package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/appflags"
	"github.com/anteroom-go/anteroom/server/internal/hosting"
)

// accounts are the users of a host.
type accounts struct {
	users []delegation.User
	deaf  bool // takes changes and keeps them nowhere
}

func (a *accounts) find(is func(delegation.User) bool) (*delegation.User, error) {
	if i := slices.IndexFunc(a.users, is); i >= 0 {
		return &a.users[i], nil
	}
	return &delegation.User{}, delegation.ErrUserNotFound
}

// UserByEmail implements [delegation.Users].
func (a *accounts) UserByEmail(_ context.Context, email delegation.Email) (delegation.User, error) {
	user, err := a.find(func(u delegation.User) bool { return u.Email == email })
	return *user, err
}

// UserByID implements [delegation.Users].
func (a *accounts) UserByID(_ context.Context, id string) (delegation.User, error) {
	user, err := a.find(func(u delegation.User) bool { return u.ID == id })
	return *user, err
}

// SetActive implements [Directory].
func (a *accounts) SetActive(_ context.Context, user delegation.User, active bool) error {
	kept, err := a.find(func(u delegation.User) bool { return u.ID == user.ID })
	kept.Active = active
	return err
}

// SetProtected implements [Directory].
func (a *accounts) SetProtected(_ context.Context, user delegation.User, protected bool) error {
	kept, err := a.find(func(u delegation.User) bool { return u.ID == user.ID })
	kept.Protected = protected && !a.deaf
	return err
}

// hosted is a program of a host with users of its own, and a database that it serves.
type hosted struct {
	*testing.T
	product  Product
	accounts *accounts
	env      map[string]string
}

func host(t *testing.T, url string, change func(*Parts)) *hosted {
	t.Helper()
	h := &hosted{T: t, accounts: &accounts{users: []delegation.User{{ID: "42", Email: "alice@example.com", Active: true}}}}
	roots := delegation.NewRootKeys()
	h.env = map[string]string{"ANTEROOM_DATABASE_URL": url, "ANTEROOM_ROOT_KEY": string(roots.Encode()),
		"ANTEROOM_URL": "https://meet.example.org"}
	h.product = Product{Name: "meet", Configure: func(_ context.Context, _ *bun.DB, parts *Parts) error {
		parts.Users, parts.Directory = h.accounts, h.accounts
		if change != nil {
			change(parts)
		}
		return nil
	}}
	db := dbtest.Open(t, url)
	parts := Parts{Config: server.Config{URL: "https://meet.example.org", RootKeys: roots, DB: db, Program: "meet"}}
	is.New(t).NoErr(h.product.Configure(t.Context(), db, &parts))
	_, err := server.New(t.Context(), parts.Config)
	is.New(t).NoErr(err)
	return h
}

// run runs a command of the product, or of the program anteroom.
func (h *hosted) run(product Product, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := func(name string) string { return h.env[name] }
	status = run(h.Context(), product, args, env, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// does runs a command of the host's program, which has to work.
func (h *hosted) does(args ...string) string {
	h.Helper()
	status, out, errs := h.run(h.product, args...)
	if status != 0 {
		h.Fatalf("%v: %s%s", args, out, errs)
	}
	return out
}

// refuses runs a command of the host's program, which has to fail, and returns why.
func (h *hosted) refuses(args ...string) string {
	h.Helper()
	status, out, errs := h.run(h.product, args...)
	if status != 1 {
		h.Fatalf("%v: status %d: %s%s", args, status, out, errs)
	}
	return out + errs
}

// TestCommandsOfAHost administers users that only the host knows.
func TestCommandsOfAHost(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		h := host(t, url, nil)
		var app struct {
			ID string `json:"client_id"`
		}
		is.NoErr(json.Unmarshal([]byte(h.does("app", "create", "--name", "Calendar", "--scope", "rooms:list",
			"--domain", "example.com", "--json")), &app))
		explain := []string{"app", "explain", app.ID, "--email", "alice@example.com", "--json"}
		is.True(strings.Contains(h.does(explain...), `"user_id": "42"`)) // the host's user
		is.True(strings.Contains(h.does("user", "show", "alice@example.com", "--json"), `"id": "42"`))

		h.does("user", "opt-out", "alice@example.com", app.ID)
		is.True(strings.Contains(h.refuses(explain...), "user_opted_out")) // reaches the host's user
		h.does("user", "opt-in", "alice@example.com", app.ID)
		is.True(strings.Contains(h.does("user", "protect", "alice@example.com", "--json"), `"protected": true`))
		is.True(strings.Contains(h.refuses(explain...), "user_protected"))
		h.does("user", "unprotect", "alice@example.com")
		h.does("user", "disable", "alice@example.com")
		is.True(strings.Contains(h.refuses(explain...), "user_inactive"))
		h.does("user", "enable", "alice@example.com")
		h.does(explain...)
		h.does("app", "revoke-tokens", app.ID, "--email", "alice@example.com")

		h.accounts.deaf = true
		is.True(strings.Contains(h.refuses("user", "protect", "alice@example.com"), "still answers as before"))
		for _, args := range [][]string{{"user", "add", "bob@example.com"}, {"user", "list"},
			{"user", "delete", "alice@example.com"}, {"user", "rename", "alice@example.com", "a@example.com"}} {
			got := h.refuses(args...)
			is.True(strings.HasPrefix(got, "meet: ") && strings.Contains(got, "users are kept by meet itself"))
		}
		h.product.Configure = func(_ context.Context, _ *bun.DB, parts *Parts) error {
			parts.Users = h.accounts
			return nil
		}
		is.True(strings.Contains(h.refuses("user", "protect", "alice@example.com"), "does not change them"))
	})
}

// TestEveryCommandKnowsItsParts tries every command of the program anteroom on a database
// with everything of a host's own, and demands that a new one says what it is about.
func TestEveryCommandKnowsItsParts(t *testing.T) {
	is := is.New(t)
	h := host(t, "file:"+filepath.Join(t.TempDir(), "test.db"), func(parts *Parts) {
		store := roomsql.New(parts.DB).Stores()
		parts.Rooms = rooms.Stores{Rooms: store.Rooms}
	})
	free := []string{"migrate", "backup", "probe", "copy", "completion", "complete", "man", "version", "licenses", "audit"}
	parser := kong.Must(&commands{}, kong.Vars{"suffix": appflags.SuffixHelp})
	tried, values := 0, map[string]string{"email": "alice@example.com", "new": "a@example.com", "file": "-"}
	for _, leaf := range parser.Model.Leaves(false) {
		need := needsOf(leaf)
		about := append(need.keeps, need.asks...)
		path := strings.Fields(leaf.FullPath())[1:]
		if slices.Contains(free, path[0]) {
			is.Equal(len(about), 0)
			continue
		}
		if len(about) == 0 {
			t.Errorf("%s does not say which parts of a server it is about", leaf.FullPath())
		}
		if !slices.ContainsFunc(about, func(p hosting.Part) bool { return p == "users" || p == "rooms" }) {
			continue // this host has none of them
		}
		args := path
		for _, positional := range leaf.Positional {
			args = append(args, cmp.Or(values[positional.Name], "x"))
		}
		status, out, errs := h.run(Product{}, args...)
		if status != 1 || !strings.Contains(errs, "of this database are kept by meet") {
			t.Errorf("%v: status %d: %s%s", args, status, out, errs)
		}
		tried++
	}
	is.True(tried > 15)
	status, _, errs := h.run(Product{}, "app", "list")
	is.Equal(fmt.Sprint(status, errs), "0") // applications are in the database
	status, _, _ = h.run(Product{}, "migrate", "--forget-host")
	is.Equal(status, 0)
	status, _, errs = h.run(Product{}, "user", "list")
	is.Equal(fmt.Sprint(status, errs), "0")
}
