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

// OptOut notes that the user does not want the application to act for them.
func (d *Directory) OptOut(clientID, userID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := d.statuses[[2]string{clientID, userID}]
	status.OptedOut = true
	d.statuses[[2]string{clientID, userID}] = status
}

// Status implements [delegation.Revocations].
func (d *Directory) Status(ctx context.Context, clientID, userID, tokenID string) (delegation.Status, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := d.statuses[[2]string{clientID, userID}]
	status.Revoked = d.revoked[tokenID]
	return status, ctx.Err()
}

// RevokeToken implements [delegation.Revocations].
func (d *Directory) RevokeToken(ctx context.Context, _, tokenID string, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.revoked[tokenID] = true
	return ctx.Err()
}

// RevokeDelegation implements [delegation.Revocations].
func (d *Directory) RevokeDelegation(ctx context.Context, clientID, userID string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := d.statuses[[2]string{clientID, userID}]
	status.Generation++
	d.statuses[[2]string{clientID, userID}] = status
	return ctx.Err()
}

// UseAssertion implements [delegation.Assertions].
func (d *Directory) UseAssertion(ctx context.Context, clientID, assertionID string, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.assertions[[2]string{clientID, assertionID}] {
		return delegation.ErrAssertionUsed
	}
	d.assertions[[2]string{clientID, assertionID}] = true
	return ctx.Err()
}

// RevocationsFixture is what the suite [Revocations] needs: the contract, and
// the client ids of two applications it knows.
type RevocationsFixture struct {
	Revocations   delegation.Revocations
	First, Second string
}

// Revocations checks an implementation of [delegation.Revocations] against its
// contract. Open returns an empty one for each rule.
func Revocations(t *testing.T, open func(t *testing.T) RevocationsFixture) {
	rules := map[string]func(t *testing.T, f RevocationsFixture){
		"nothing is taken back at first":            nothingIsTakenBack,
		"one token is ended":                        oneTokenIsEnded,
		"a delegation is ended, again and again":    delegationIsEnded,
		"delegations end together and none is lost": delegationsEndAtOnce,
		"a spent context is an error":               revocationsObeyContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

func status(t *testing.T, f RevocationsFixture, clientID, userID, tokenID string) delegation.Status {
	t.Helper()
	s, err := f.Revocations.Status(t.Context(), clientID, userID, tokenID)
	is.New(t).NoErr(err)
	return s
}

func nothingIsTakenBack(t *testing.T, f RevocationsFixture) {
	is := is.New(t)
	for _, id := range []string{"", "unknown", "' OR '1'='1", "\x00", "\xff"} {
		is.Equal(status(t, f, f.First, id, id), delegation.Status{}) // whatever is asked for
		is.Equal(status(t, f, id, "user", "token"), delegation.Status{})
	}
}

func oneTokenIsEnded(t *testing.T, f RevocationsFixture) {
	is := is.New(t)
	until := time.Now().Add(time.Hour)
	is.NoErr(f.Revocations.RevokeToken(t.Context(), f.First, "token", until))
	is.NoErr(f.Revocations.RevokeToken(t.Context(), f.First, "token", until)) // twice is once
	is.Equal(status(t, f, f.First, "user", "token"), delegation.Status{Revoked: true})
	is.Equal(status(t, f, f.First, "user", "TOKEN"), delegation.Status{}) // exactly this one
	is.Equal(status(t, f, f.First, "user", ""), delegation.Status{})
}

func delegationIsEnded(t *testing.T, f RevocationsFixture) {
	is := is.New(t)
	for generation := int64(1); generation <= 3; generation++ {
		is.NoErr(f.Revocations.RevokeDelegation(t.Context(), f.First, "user"))
		is.Equal(status(t, f, f.First, "user", "token").Generation, generation) // it grows
	}
	is.Equal(status(t, f, f.Second, "user", "token"), delegation.Status{})   // not another application's
	is.Equal(status(t, f, f.First, "another", "token"), delegation.Status{}) // nor another user's
}

func delegationsEndAtOnce(t *testing.T, f RevocationsFixture) {
	is := is.New(t)
	errs := make([]error, 16)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = f.Revocations.RevokeDelegation(t.Context(), f.First, "user") })
	}
	wait.Wait()
	for _, err := range errs {
		is.NoErr(err)
	}
	is.Equal(status(t, f, f.First, "user", "").Generation, int64(16)) // every one counts
}

func revocationsObeyContext(t *testing.T, f RevocationsFixture) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Revocations.Status(ctx, f.First, "user", "token")
	is.True(errors.Is(err, context.Canceled)) // not answered as "nothing"
}
