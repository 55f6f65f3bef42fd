package delegationtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// Proofs checks an implementation of [dpop.Uses] against its contract. Open returns an
// empty one for each rule.
func Proofs(t *testing.T, open func(t *testing.T) dpop.Uses) {
	rules := map[string]func(t *testing.T, uses dpop.Uses){
		"a proof is used once":            proofIsUsedOnce,
		"of uses at once one succeeds":    proofUsesAtOnce,
		"a spent context uses nothing up": proofsObeyContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

func proofIsUsedOnce(t *testing.T, uses dpop.Uses) {
	is := is.New(t)
	longest := strings.Repeat("x", 64)
	use := func(id string) error { return uses.UseProof(t.Context(), id, time.Now().Add(time.Minute)) }
	is.NoErr(use("id"))
	is.True(errors.Is(use("id"), dpop.ErrUsed))
	is.NoErr(use("ID")) // another proof
	is.NoErr(use(longest))
	is.True(errors.Is(use(longest), dpop.ErrUsed))
}

func proofUsesAtOnce(t *testing.T, uses dpop.Uses) {
	is := is.New(t)
	until := time.Now().Add(time.Minute)
	errs := make([]error, 16)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = uses.UseProof(t.Context(), "id", until) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		is.True(errors.Is(err, dpop.ErrUsed)) // and no other error
	}
	is.Equal(won, 1) // one, whichever
}

func proofsObeyContext(t *testing.T, uses dpop.Uses) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	until := time.Now().Add(time.Minute)
	is.True(uses.UseProof(ctx, "id", until) != nil)
	is.NoErr(uses.UseProof(t.Context(), "id", until)) // it may still be used
}

// UseProof implements [dpop.Uses].
func (d *Directory) UseProof(ctx context.Context, proofID string, _ time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.proofs[proofID] {
		return dpop.ErrUsed
	}
	d.proofs[proofID] = true
	return nil
}
