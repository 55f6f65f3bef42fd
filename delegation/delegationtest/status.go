package delegationtest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// The rules of [Applications] about what was taken back.

// The ids of two tokens, as the Authority makes them, which differ in their case.
const tokenID, otherTokenID = "q83vEjRWeJCrze8SNFZ4kA", "Q83vEjRWeJCrze8SNFZ4kA"

func status(t *testing.T, f ApplicationsFixture, clientID, userID, tokenID string) delegation.Status {
	t.Helper()
	_, s, err := f.Applications.Application(t.Context(), clientID, userID, tokenID)
	is.New(t).NoErr(err)
	return s
}

func nothingIsTakenBack(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, _ := f.Add(t, sample())
	for _, userID := range []string{"", f.user(0), f.user(1)} {
		is.Equal(status(t, f, id, userID, tokenID), delegation.Status{})
		is.Equal(status(t, f, id, userID, ""), delegation.Status{}) // whatever is asked for
	}
}

func tokenIsEnded(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, _ := f.Add(t, sample())
	until := time.Now().Add(time.Hour)
	err := f.Applications.RevokeToken(t.Context(), id, tokenID, until)
	if errors.Is(err, delegation.ErrRevocationUnsupported) {
		is.Equal(status(t, f, id, f.user(0), tokenID), delegation.Status{}) // what is not supported does nothing
		return
	}
	is.NoErr(err)
	is.NoErr(f.Applications.RevokeToken(t.Context(), id, tokenID, until)) // twice is once
	is.Equal(status(t, f, id, f.user(0), tokenID), delegation.Status{Revoked: true})
	is.Equal(status(t, f, id, "", tokenID), delegation.Status{Revoked: true}) // also without a user
	is.Equal(status(t, f, id, f.user(0), otherTokenID), delegation.Status{})  // exactly this one
	is.Equal(status(t, f, id, f.user(0), ""), delegation.Status{})
}

func delegationIsEnded(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	first, _ := f.Add(t, sample())
	second, _ := f.Add(t, sample())
	for generation := int64(1); generation <= 3; generation++ {
		is.NoErr(f.Applications.RevokeDelegation(t.Context(), first, f.user(0)))
		is.Equal(status(t, f, first, f.user(0), tokenID).Generation, generation) // it grows
	}
	is.Equal(status(t, f, second, f.user(0), tokenID), delegation.Status{}) // not another application's
	is.Equal(status(t, f, first, f.user(1), tokenID), delegation.Status{})  // nor another user's
}

func delegationsEndAtOnce(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, _ := f.Add(t, sample())
	errs := make([]error, 16)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = f.Applications.RevokeDelegation(t.Context(), id, f.user(0)) })
	}
	wait.Wait()
	is.NoErr(errors.Join(errs...))
	is.Equal(status(t, f, id, f.user(0), "").Generation, int64(16)) // every one counts
}

func userOptsOut(t *testing.T, f ApplicationsFixture) {
	if f.OptOut == nil {
		return
	}
	is := is.New(t)
	first, _ := f.Add(t, sample())
	second, _ := f.Add(t, sample())
	f.OptOut(t, first, f.user(0))
	is.Equal(status(t, f, first, f.user(0), tokenID), delegation.Status{OptedOut: true})
	is.Equal(status(t, f, first, f.user(1), ""), delegation.Status{})  // another user did not
	is.Equal(status(t, f, second, f.user(0), ""), delegation.Status{}) // nor of another application
	is.NoErr(f.Applications.RevokeDelegation(t.Context(), first, f.user(0)))
	is.Equal(status(t, f, first, f.user(0), ""), delegation.Status{OptedOut: true, Generation: 1}) // both stay
}
