package command

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/appflags"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// eachCommand visits the program and all of its commands that are not hidden.
func eachCommand(t *testing.T, visit func(command *kong.Node)) {
	t.Helper()
	parser, err := kong.New(&commands{}, kong.Name("anteroom"), kong.Writers(io.Discard, io.Discard),
		kong.Vars{"suffix": appflags.SuffixHelp})
	is.New(t).NoErr(err)
	var walk func(node *kong.Node)
	walk = func(node *kong.Node) {
		visit(node)
		for _, child := range node.Children {
			if !child.Hidden {
				walk(child)
			}
		}
	}
	walk(parser.Model.Node)
}

// settable are the flags, as --name, and the arguments, as <name>, of all
// commands that are not hidden.
func settable(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	eachCommand(t, func(command *kong.Node) {
		for _, flag := range command.Flags {
			names["--"+flag.Name] = true
		}
		for _, argument := range command.Positional {
			names["<"+argument.Name+">"] = true
		}
	})
	return names
}

// TestEnvironmentConfiguresConnectionsAndTheServer: no variable that was left behind may
// widen what a command does.
func TestEnvironmentConfiguresConnectionsAndTheServer(t *testing.T) {
	is := is.New(t)
	connections := []string{"ANTEROOM_DATABASE_URL", "ANTEROOM_ROOT_KEY_FILE", "ANTEROOM_URL", "ANTEROOM_COPY_FROM",
		"ANTEROOM_COPY_TO", "ANTEROOM_TABLES"}
	ofServer := map[string]bool{}
	eachCommand(t, func(command *kong.Node) {
		for _, flag := range command.Flags {
			if command.Name == "serve" {
				ofServer[flag.Tag.Get("envar")] = true
			}
		}
	})
	is.True(ofServer["ANTEROOM_LISTEN"])
	eachCommand(t, func(command *kong.Node) {
		for _, flag := range command.Flags {
			name := flag.Tag.Get("envar")
			if name != "" && !slices.Contains(connections, name) && !ofServer[name] {
				t.Errorf("%s: --%s is set by %s", command.Path(), flag.Name, name)
			}
			is.Equal(len(flag.Envs), 0) // the only way to read the environment is ours
		}
	})
}

func TestEveryFieldHasAFlag(t *testing.T) {
	names := settable(t)
	for field, flag := range usage.FieldFlags() {
		if !names[flag] {
			t.Errorf("%s: there is no %s", field, flag) // an operator is only told of what there is
		}
	}
}

// TestEveryFaultHasAFlag provokes every configuration error of delegation and
// its registry that an operator can cause.
func TestEveryFaultHasAFlag(t *testing.T) {
	is := is.New(t)
	ctx := t.Context()
	reg, err := registry.New(registry.Config{DB: dbtest.Open(t, dbtest.SQLite(t)), RootKeys: delegation.NewRootKeys()})
	is.NoErr(err)
	var errs []error
	collect := func(err error) {
		t.Helper()
		is.True(len(usage.ConfigErrors(err)) > 0) // this is a configuration error
		errs = append(errs, err)
	}
	_, err = registry.New(registry.Config{Algorithm: "HS256", RotateEvery: 1})
	collect(err)
	_, err = delegation.New(delegation.Config{Applications: reg, Users: reg, Keys: &delegation.KeySet{}, TokenTTL: 1})
	collect(err)
	collect(delegation.Application{Reach: "all", TokenTTL: 1, Keys: make([]delegation.Key, 1),
		Scopes: scopes.NewSet("a\"b"),
		Policy: delegation.Policy{Any: true, Domains: []delegation.Domain{"*"}, Emails: []delegation.Email{"u"}}}.Validate())
	_, _, err = reg.CreateApplication(ctx, delegation.Application{Name: "x", Scopes: scopes.NewSet("rooms:fly")})
	collect(err)
	_, _, err = reg.ImportApplication(ctx, delegation.Application{Name: "x", ClientID: "x"}, "hash")
	collect(err)
	_, _, err = reg.AddSecret(ctx, "x", "\x00", time.Unix(1, 0))
	collect(err)
	_, _, err = reg.RotateSecret(ctx, "x", "", -1)
	collect(err)
	_, err = reg.AddUser(ctx, "Alice")
	collect(err)
	flags, seen := usage.FieldFlags(), map[string]bool{}
	for _, err := range errs {
		for _, fault := range usage.ConfigErrors(err) {
			seen[fault.Field] = true
			if flags[fault.Field] == "" {
				t.Errorf("%s has no flag", fault.Field)
			}
		}
		text := usage.InFlags(err).Error()
		is.True(strings.HasPrefix(text, "-") || strings.HasPrefix(text, "<email>"))
	}
	is.Equal(len(seen), 20) // they were all provoked
}

func TestParseAddress(t *testing.T) {
	is := is.New(t)
	email, err := flagvalue.Address("Anna@Bücher.example")
	is.NoErr(err)
	is.Equal(email, delegation.Email("anna@xn--bcher-kva.example")) // operators may write Unicode domains
	for _, text := range []string{"", "ü@good.com", "u", "u@", "u@localhost", "u@good_com", "a@b@good.com",
		"u@\x00.com", "u@*.good.com"} {
		_, err := flagvalue.Address(text)
		is.Equal(err, delegation.ErrEmail) // and nothing else beyond ParseEmail
	}
}
