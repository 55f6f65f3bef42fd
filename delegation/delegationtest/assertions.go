package delegationtest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// Assertions checks an implementation of [delegation.Assertions] against its
// contract. Open returns an empty one for each rule.
func Assertions(t *testing.T, open func(t *testing.T) delegation.Assertions) {
	rules := map[string]func(t *testing.T, assertions delegation.Assertions){
		"an assertion is used once":       assertionIsUsedOnce,
		"of uses at once one succeeds":    assertionUsesAtOnce,
		"a spent context uses nothing up": assertionsObeyContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

func assertionIsUsedOnce(t *testing.T, assertions delegation.Assertions) {
	is := is.New(t)
	until := time.Now().Add(time.Hour)
	use := func(clientID, id string) error { return assertions.UseAssertion(t.Context(), clientID, id, until) }
	is.NoErr(use("app", "id"))
	is.True(errors.Is(use("app", "id"), delegation.ErrAssertionUsed))
	is.NoErr(use("app", "ID"))   // another assertion
	is.NoErr(use("other", "id")) // or another application's
	is.NoErr(use("ap", "pid"))   // ids are not run together
	is.True(errors.Is(use("other", "id"), delegation.ErrAssertionUsed))
}

func assertionUsesAtOnce(t *testing.T, assertions delegation.Assertions) {
	is := is.New(t)
	until := time.Now().Add(time.Hour)
	errs := make([]error, 16)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = assertions.UseAssertion(t.Context(), "app", "id", until) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		is.True(errors.Is(err, delegation.ErrAssertionUsed)) // and no other error
	}
	is.Equal(won, 1) // one, whichever
}

func assertionsObeyContext(t *testing.T, assertions delegation.Assertions) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	until := time.Now().Add(time.Hour)
	is.True(assertions.UseAssertion(ctx, "app", "id", until) != nil)
	is.NoErr(assertions.UseAssertion(t.Context(), "app", "id", until)) // it may still be used
}
