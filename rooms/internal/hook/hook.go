// Package hook runs what a host does inside a transaction of ours, and tells apart what
// comes of it.
package hook

import (
	"context"
	"errors"
)

// key is the key of the mark that the context of a hook has.
type key struct{}

// Run runs a hook with a marked context. Its error is an [*Error].
func Run(ctx context.Context, hook func(context.Context) error) error {
	if err := hook(context.WithValue(ctx, key{}, true)); err != nil {
		return &Error{err}
	}
	return nil
}

// Running reports whether the context is that of a hook, or was made of one.
func Running(ctx context.Context) bool { return ctx.Value(key{}) != nil }

// Error is an error of a hook. A hook may use a store itself, and its error is never taken
// for an answer of ours.
type Error struct{ err error }

func (e *Error) Error() string { return e.err.Error() }
func (e *Error) Unwrap() error { return e.err }

// Answers reports whether an error is this answer of a store, and none of a hook.
func Answers(err, answer error) bool {
	var hook *Error
	return errors.Is(err, answer) && !errors.As(err, &hook)
}
