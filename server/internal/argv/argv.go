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
	for i, arg := range args {
		flag, value, joined := strings.Cut(arg, "=")
		if !joined || variable(flag) == "" {
			flag, value = args[max(0, i-1)], arg
		}
		if holdsPassword(value) {
			if variable(flag) == "" {
				flag = "--database"
			}
			fmt.Fprintf(stderr, "anteroom: warning: other users of this machine can see the password in %s; "+
				"set %s instead, or name a file: postgres://USER@HOST/DATABASE?passfile=FILE\n", flag, variable(flag))
			return
		}
	}
}

// variable returns the environment variable of a flag for a database, or nothing.
func variable(flag string) string {
	return map[string]string{"--database": "ANTEROOM_DATABASE_URL", "--from": "ANTEROOM_COPY_FROM",
		"--to": "ANTEROOM_COPY_TO"}[flag]
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
