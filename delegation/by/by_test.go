package by_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/by"
)

func Example() {
	ctx, err := by.Operator(context.Background(), "alice")
	fmt.Println(by.Of(ctx), err)
	// Output: alice <nil>
}

func TestNames(t *testing.T) {
	for _, name := range []string{"alice", "Zoë Müller", "42", "alice@example.com", strings.Repeat("é", by.MaxName)} {
		is := is.New(t)
		ctx, err := by.Operator(t.Context(), name)
		is.NoErr(err)
		is.Equal(by.Of(ctx), name)
		is.Equal(by.Of(by.Server(ctx)), name) // who is named stays so
	}
	for _, name := range []string{"", " alice", "alice\n", "a\u2028b", "a\x00b", "a\u200bb", "\xff", by.Itself, by.Unnamed,
		"application", "application app_1", strings.Repeat("é", by.MaxName+1)} {
		is := is.New(t)
		ctx, err := by.Operator(t.Context(), name)
		is.True(errors.Is(err, by.ErrName))
		is.Equal(by.Of(ctx), by.Unnamed) // no name counts that is refused
	}
}

func TestNoOperator(t *testing.T) {
	is := is.New(t)
	is.Equal(by.Of(t.Context()), by.Unnamed) // a context that does not tell
	is.Equal(by.Of(by.Server(t.Context())), by.Itself)
	is.True(!by.IsApplication(by.Server(t.Context())))
	ctx := by.Application(by.Server(t.Context()), "app_1")
	is.Equal(by.Of(ctx), "application app_1") // it acts, though the server does the work
	is.True(by.IsApplication(ctx))
}
