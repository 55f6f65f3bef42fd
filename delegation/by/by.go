// Package by carries in a context who makes a change, for the record of it.
//
//	ctx, err := by.Operator(ctx, "alice")
//	if err != nil {
//		return err
//	}
//	return reg.DeleteApplication(ctx, clientID) // recorded as alice's
//
// It is the one way by which a program tells: package registry reads it from the context of
// every method that changes something. A name is whatever the program trusts; it is not
// checked against anything.
package by

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Who makes a change if it is no operator.
const (
	// Unnamed is a program that did not name anyone.
	Unnamed = "unnamed"
	// Itself is the server, such as when a signing key takes over.
	Itself = "server"

	applications = "application "
)

// MaxName is the length of a name, in characters.
const MaxName = 100

// ErrName refuses a name.
var ErrName = errors.New("must be 1 to 100 characters without control characters or white space around them, " +
	"and neither server, unnamed nor application")

type key struct{}

// Operator returns a context in which changes are made by an operator: a name, or an id of the
// host's own. It returns [ErrName] if the name is empty, longer than [MaxName], holds control
// characters, or is one that stands for something else here.
func Operator(ctx context.Context, name string) (context.Context, error) {
	reserved := name == Unnamed || name == Itself || name+" " == applications || strings.HasPrefix(name, applications)
	if reserved || name == "" || name != strings.TrimSpace(name) || !utf8.ValidString(name) ||
		utf8.RuneCountInString(name) > MaxName || strings.IndexFunc(name, unprintable) >= 0 {
		return ctx, ErrName
	}
	return context.WithValue(ctx, key{}, name), nil
}

// unprintable reports whether a character could break a line or hide in a list.
func unprintable(c rune) bool {
	return c != ' ' && !unicode.IsGraphic(c) || c == '\u2028' || c == '\u2029'
}

// Server returns a context in which changes are made by the server itself, unless the context
// names who makes them already.
func Server(ctx context.Context) context.Context {
	if ctx.Value(key{}) != nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, Itself)
}

// Application returns a context in which an application makes changes of its own, such as to
// end its token.
func Application(ctx context.Context, clientID string) context.Context {
	return context.WithValue(ctx, key{}, applications+clientID)
}

// Of returns who makes the changes of a context: a name, [Itself], "application " and a client
// id, or [Unnamed] if the context does not tell.
func Of(ctx context.Context) string {
	if name, told := ctx.Value(key{}).(string); told {
		return name
	}
	return Unnamed
}

// IsApplication reports whether an application makes changes of its own.
func IsApplication(ctx context.Context) bool { return strings.HasPrefix(Of(ctx), applications) }
