package delegationtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// RecordsFixture is what the suite [Records] needs: an implementation of the
// contract beside the applications that it is about.
type RecordsFixture struct {
	ApplicationsFixture
	Records delegation.Records
	// Import stores an application that brought this secret along from another
	// product. Nil means that the implementation knows no such secrets.
	Import func(t *testing.T, secret delegation.Secret) (clientID string)
	// SaveUses makes the uses that were noted visible in LastUsedAt. Nil means
	// that they are at once.
	SaveUses func(t *testing.T)
}

// Records checks an implementation of [delegation.Records] against its contract.
// Open returns an empty one for each rule.
func Records(t *testing.T, open func(t *testing.T) RecordsFixture) {
	rules := map[string]func(t *testing.T, f RecordsFixture){
		"a first use is reported once":               firstUseIsReportedOnce,
		"of first uses at once one is reported":      firstUsesAtOnce,
		"what is taken back leaves first uses alone": firstUseAfterTakingBack,
		"a renewed secret is stored":                 secretIsRenewed,
		"a use of a secret is noted":                 useIsNoted,
		"an imported secret is checked":              importedSecretIsChecked,
		"a slow comparison is admitted":              slowComparisonIsAdmitted,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

func firstUse(t *testing.T, f RecordsFixture, clientID, userID string) bool {
	t.Helper()
	first, err := f.Records.FirstUse(t.Context(), clientID, userID, time.Now())
	is.New(t).NoErr(err)
	return first
}

func firstUseIsReportedOnce(t *testing.T, f RecordsFixture) {
	is := is.New(t)
	first, _ := f.Add(t, sample())
	second, _ := f.Add(t, sample())
	is.True(firstUse(t, f, first, f.user(0)))
	is.True(!firstUse(t, f, first, f.user(0))) // not again
	is.True(firstUse(t, f, first, f.user(1)))  // each user for themselves
	is.True(firstUse(t, f, second, f.user(0))) // and each application
}

func firstUsesAtOnce(t *testing.T, f RecordsFixture) {
	is := is.New(t)
	id, _ := f.Add(t, sample())
	errs := make([]error, 16)
	var firsts atomic.Int64
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			first, err := f.Records.FirstUse(t.Context(), id, f.user(0), time.Now())
			if errs[i] = err; first {
				firsts.Add(1)
			}
		})
	}
	wait.Wait()
	is.NoErr(errors.Join(errs...))
	is.Equal(firsts.Load(), int64(1)) // one call, whichever
}

func firstUseAfterTakingBack(t *testing.T, f RecordsFixture) {
	is := is.New(t)
	id, _ := f.Add(t, sample())
	is.True(firstUse(t, f, id, f.user(0)))
	is.Equal(status(t, f.ApplicationsFixture, id, f.user(0), ""), delegation.Status{}) // a use takes nothing back
	is.NoErr(f.Applications.RevokeDelegation(t.Context(), id, f.user(1)))
	is.True(firstUse(t, f, id, f.user(1))) // ending tokens was no use
	is.Equal(status(t, f.ApplicationsFixture, id, f.user(1), "").Generation, int64(1))
}

func stored(t *testing.T, f RecordsFixture, clientID, secretID string) delegation.StoredSecret {
	t.Helper()
	s, err := f.Applications.ApplicationSecret(t.Context(), clientID, secretID)
	is.New(t).NoErr(err)
	return s
}

func secretIsRenewed(t *testing.T, f RecordsFixture) {
	is := is.New(t)
	id, secret := f.Add(t, sample())
	other := f.AddSecret(t, id, delegation.StoredSecret{})
	mac := f.RootKeys.MAC(id, "renewed")
	is.NoErr(f.Records.RenewSecret(t.Context(), id, must(secret.ID()), mac))
	is.Equal(stored(t, f, id, must(secret.ID())).MAC, mac)
	is.Equal(stored(t, f, id, must(other.ID())).MAC, f.RootKeys.MAC(id, other)) // another one stays as it was
}

func useIsNoted(t *testing.T, f RecordsFixture) {
	is := is.New(t)
	id, secret := f.Add(t, sample())
	other := f.AddSecret(t, id, delegation.StoredSecret{})
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Records.SecretUsed(id, must(secret.ID()), at)
	if f.SaveUses != nil {
		f.SaveUses(t)
	}
	is.True(stored(t, f, id, must(secret.ID())).LastUsedAt.Equal(at))
	is.True(stored(t, f, id, must(other.ID())).LastUsedAt.IsZero()) // another one was not used
}

func importedSecretIsChecked(t *testing.T, f RecordsFixture) {
	if f.Import == nil {
		return
	}
	is := is.New(t)
	const secret = "s3cr3t-of-another-product"
	id := f.Import(t, secret)
	without, _ := f.Add(t, sample())
	row := stored(t, f, id, delegation.ImportedSecretID)
	is.True(row.Imported && len(row.MAC) == 0) // of which no MAC is known yet
	for _, c := range []struct {
		clientID string
		secret   delegation.Secret
		want     bool
	}{
		{id, secret, true}, {id, secret + "x", false}, {id, "", false}, {without, secret, false}, {"unknown", secret, false},
	} {
		right, err := f.Records.CheckImportedSecret(t.Context(), c.clientID, c.secret, admitted)
		is.NoErr(err)
		is.Equal(right, c.want) // the secret of this application, and no other
	}
	is.NoErr(f.Records.RenewSecret(t.Context(), id, delegation.ImportedSecretID, f.RootKeys.MAC(id, secret)))
	row = stored(t, f, id, delegation.ImportedSecretID)
	is.Equal(row.MAC, f.RootKeys.MAC(id, secret)) // from now on it is as cheap as others
	right, err := f.Records.CheckImportedSecret(t.Context(), id, secret, admitted)
	is.NoErr(err)
	is.True(right) // a request that came before the renewal succeeds all the same
}

// admitted lets every comparison begin at once.
func admitted(context.Context) (func(), error) { return func() {}, nil }

func slowComparisonIsAdmitted(t *testing.T, f RecordsFixture) {
	if f.Import == nil {
		return
	}
	is := is.New(t)
	const secret = "s3cr3t-of-another-product"
	id := f.Import(t, secret)
	without, _ := f.Add(t, sample())
	asked, running := 0, 0
	admit := func(context.Context) (func(), error) {
		asked, running = asked+1, running+1
		return func() { running-- }, nil
	}
	for i, clientID := range []string{id, without, "unknown"} {
		_, err := f.Records.CheckImportedSecret(t.Context(), clientID, "wrong", admit)
		is.NoErr(err)
		is.Equal(asked, i+1) // the same work, whether or not there is a hash
		is.Equal(running, 0) // which has ended
	}
	full := errors.New("full")
	right, err := f.Records.CheckImportedSecret(t.Context(), id, secret,
		func(context.Context) (func(), error) { return nil, full })
	is.True(errors.Is(err, full)) // what is not admitted is not compared
	is.True(!right)
}
