package examples_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestHostCommand protects an account of a host by its program, and is told by the program
// anteroom that only that one can.
func TestHostCommand(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		meet, root := build(t, "hostcommand"), string(delegation.NewRootKeys().Encode())
		run := func(program string, args ...string) (string, error) {
			command := exec.Command(program, args...)
			command.Env = append(os.Environ(), "ANTEROOM_DATABASE_URL="+url, "ANTEROOM_ROOT_KEY="+root,
				"ANTEROOM_URL=https://meet.example.org")
			output, err := command.CombinedOutput()
			return string(output), err
		}
		_, err := run(meet, "migrate")
		is.NoErr(err)
		output, err := run(meet, "app", "create", "--name", "Calendar", "--scope", "rooms:list", "--domain", "example.com")
		is.NoErr(err)
		app := regexp.MustCompile(`app_\w+`).FindString(output)
		output, err = run(meet, "app", "explain", app, "--email", "alice@example.com")
		is.NoErr(err)
		is.True(strings.Contains(output, "granted  yes"))
		_, err = run(meet, "user", "protect", "alice@example.com")
		is.NoErr(err)
		output, err = run(meet, "app", "explain", app, "--email", "alice@example.com")
		is.True(err != nil && strings.Contains(output, "user_protected")) // what the server decides by
	})
}
