package auditing

import (
	"context"
	"fmt"
	"os/user"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/by"
)

// As returns the context of a command: its changes are made by the operator with a name or, if
// the name is empty, by the user of the operating system. Env looks variables of the environment
// up: sudo tells in one of them who ran it.
func As(ctx context.Context, name string, env func(string) string) (context.Context, error) {
	if name == "" {
		name = systemUser(env)
	}
	ctx, err := by.Operator(ctx, name)
	if err != nil {
		return ctx, fmt.Errorf("--as: the name %w", err)
	}
	return ctx, nil
}

// systemUser returns the name of the user of the operating system, or the number of one who has
// no name, as in many containers. Of one who became root by sudo it returns the name before that,
// and that it was root.
func systemUser(env func(string) string) string {
	name := "unknown"
	if account, err := user.Current(); err == nil {
		name = account.Username
		if name == "" {
			name = "uid " + account.Uid
		}
	}
	if before := env("SUDO_USER"); before != "" && name == "root" {
		name = before + " (root)"
	}
	return cut(strings.Map(printable, name))
}

// printable replaces what a name cannot have.
func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return '?'
	}
	return c
}

// cut bounds a name.
func cut(name string) string { return strings.TrimSpace(name[:min(len(name), by.MaxName)]) }
