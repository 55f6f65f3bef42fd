package registry_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// admission counts the slow comparisons that it lets begin, and does before each
// what a test wants.
type admission struct {
	comparisons int
	before      func()
}

func (a *admission) admit(context.Context) (func(), error) {
	a.comparisons++
	if a.before != nil {
		a.before()
	}
	return func() {}, nil
}

// atOnce lets every comparison begin at once.
func atOnce(context.Context) (func(), error) { return func() {}, nil }

// TestImportedSecretsCostOnce counts slow comparisons.
func TestImportedSecretsCostOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		reg := newImporter(t, db, delegation.NewRootKeys())
		_, ours, err := reg.CreateApplication(t.Context(), legacy(""))
		is.NoErr(err)
		var slow admission
		check := func(clientID string, secret delegation.Secret) bool {
			match, err := reg.CheckImportedSecret(t.Context(), clientID, secret, slow.admit)
			is.NoErr(err)
			return match
		}
		is.True(!check("legacy", "wrong"))
		is.Equal(slow.comparisons, 0) // there are no foreign hashes to hide
		_, _, err = reg.ImportApplication(t.Context(), legacy("legacy"), djangoSHA256)
		is.NoErr(err)
		for range 3 {
			is.True(!check("legacy", "wrong"))
			is.True(!check("unknown", "wrong"))
			is.True(!check("unknown", importedSecret)) // another's secret is no other client's
		}
		is.Equal(slow.comparisons, 3) // each wrong secret of each client id once
		is.NoErr(reg.ask(t.Context(), "legacy", importedSecret))
		is.True(check("legacy", importedSecret))
		is.True(!check("legacy", "wrong"))
		is.Equal(slow.comparisons, 3) // after the first use the MAC decides, and no hash is left
		is.True(errors.Is(reg.ask(t.Context(), "legacy", ours), delegation.ErrInvalidClient))
	})
}

// TestABurstIsAnswered sends one secret many times at once.
func TestABurstIsAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		reg := newImporter(t, db, delegation.NewRootKeys())
		_, _, err := reg.ImportApplication(t.Context(), legacy("legacy"), " "+djangoSHA256+"\n") // as it is pasted
		is.NoErr(err)
		for i, secret := range []delegation.Secret{importedSecret, "wrong"} {
			arrived, begun := make(chan struct{}, 40), make(chan struct{})
			admit := func(context.Context) (func(), error) {
				<-begun
				return func() {}, nil
			}
			var wait sync.WaitGroup
			matches, errs := make([]bool, 40), make([]error, 40)
			for n := range matches {
				wait.Go(func() {
					arrived <- struct{}{}
					matches[n], errs[n] = reg.CheckImportedSecret(t.Context(), "legacy", secret, admit)
				})
			}
			for range matches {
				<-arrived
			}
			close(begun)
			wait.Wait()
			for n := range matches {
				is.NoErr(errs[n])
				is.Equal(matches[n], i == 0)
			}
		}
	})
}

// TestABurstOutlivesItsFirst ends the request that compares: another one takes its
// place, and one that is not waited for any more ends.
func TestABurstOutlivesItsFirst(t *testing.T) {
	is := is.New(t)
	reg := newImporter(t, dbtest.Open(t, dbtest.SQLite(t)), delegation.NewRootKeys())
	_, _, err := reg.ImportApplication(t.Context(), legacy("legacy"), djangoSHA256)
	is.NoErr(err)
	full, first, fail := errors.New("full"), make(chan struct{}), make(chan struct{})
	failed := make(chan error)
	go func() {
		_, err := reg.CheckImportedSecret(t.Context(), "legacy", importedSecret, func(context.Context) (func(), error) {
			close(first)
			<-fail
			return nil, full
		})
		failed <- err
	}()
	<-first
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = reg.CheckImportedSecret(gone, "legacy", importedSecret, atOnce)
	is.True(errors.Is(err, context.Canceled))
	matched := make(chan bool)
	go func() {
		match, err := reg.CheckImportedSecret(t.Context(), "legacy", importedSecret, atOnce)
		matched <- match && err == nil
	}()
	close(fail)
	is.Equal(<-failed, full)
	is.True(<-matched)
}

func TestImportedSecretsOfOurFormAreNotHashed(t *testing.T) {
	is := is.New(t)
	reg := newImporter(t, dbtest.Open(t, dbtest.SQLite(t)), delegation.NewRootKeys())
	_, _, err := reg.ImportApplication(t.Context(), legacy("legacy"), djangoSHA256)
	is.NoErr(err)
	var slow admission
	authority, err := delegation.New(reg.config(func(ctx context.Context, _, _ string) (func(), error) {
		return slow.admit(ctx)
	}))
	is.NoErr(err)
	for _, clientID := range []string{"legacy", "unknown"} {
		for _, secret := range []delegation.Secret{delegation.NewSecret(), "arsk_mistyped"} {
			credentials := delegation.Credentials{ClientID: clientID, ClientSecret: secret}
			_, err = authority.Issue(t.Context(), delegation.TokenRequest{Credentials: credentials})
			is.True(errors.Is(err, delegation.ErrInvalidClient))
		}
	}
	is.Equal(slow.comparisons, 0) // no other product made a secret of our form
}

// TestImportedSecretsAreLookedUpAfterTheWait renews a secret, or replaces its
// hash, while a request waits for its turn.
func TestImportedSecretsAreLookedUpAfterTheWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		is := is.New(t)
		reg := newImporter(t, db, delegation.NewRootKeys())
		_, _, err := reg.ImportApplication(t.Context(), legacy("legacy"), djangoSHA256)
		is.NoErr(err)
		setHash := func(hash string) {
			_, err := db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {application_secrets} SET imported_hash = ?"), hash)
			is.NoErr(err)
		}
		slow := admission{before: func() { setHash(djangoSHA1) }}
		match, err := reg.CheckImportedSecret(t.Context(), "legacy", "wrong", slow.admit)
		is.NoErr(err)
		is.True(!match)
		slow.before = nil
		_, err = reg.CheckImportedSecret(t.Context(), "legacy", "wrong", slow.admit)
		is.NoErr(err)
		is.Equal(slow.comparisons, 1) // it was compared with the hash of after the wait
		setHash(djangoSHA256)
		_, err = reg.CheckImportedSecret(t.Context(), "legacy", "wrong", slow.admit)
		is.NoErr(err)
		is.Equal(slow.comparisons, 2) // another hash makes what is remembered worthless
		slow.before = func() {
			is.NoErr(reg.ask(t.Context(), "legacy", importedSecret))
			setHash("$2 is no hash")
			_, err := db.ExecContext(t.Context(), tables.SQL(db, "UPDATE {application_secrets} SET disabled_at = ?"), noTime)
			is.NoErr(err)
		}
		match, err = reg.CheckImportedSecret(t.Context(), "legacy", importedSecret, slow.admit)
		is.NoErr(err)  // no hash is computed any more
		is.True(match) // the MAC decides
	})
}
