// Package argv looks at the arguments of a process, which every user of its machine can see.
package argv

import (
	"fmt"
	"io"
	"net/url"
	"strings"
)

// WarnOfPassword prints a warning if an argument is the URL of a database with a password: every
// user of the machine can see the arguments of a process.
func WarnOfPassword(args []string, stderr io.Writer) {
	for _, arg := range args {
		if holdsPassword(strings.TrimPrefix(arg, "--database=")) {
			fmt.Fprintln(stderr, "anteroom: warning: other users of this machine can see the password in --database; "+
				"set ANTEROOM_DATABASE_URL instead, or name a file: postgres://USER@HOST/DATABASE?passfile=FILE")
			return
		}
	}
}

// holdsPassword reports whether a text is the URL of a PostgreSQL database with a password, which
// stands after the user or in a parameter.
func holdsPassword(text string) bool {
	scheme, rest, found := strings.Cut(strings.TrimSpace(text), "://")
	if !found || scheme != "postgres" && scheme != "postgresql" {
		return false
	}
	if user, _, found := strings.Cut(rest, "@"); found && strings.Contains(user, ":") {
		return true
	}
	_, query, _ := strings.Cut(rest, "?")
	parameters, _ := url.ParseQuery(query) // what can be read of it
	return parameters.Has("password") || parameters.Has("sslpassword")
}
