package delegationtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// ApplicationsFixture is what the suite [Applications] needs: an implementation
// of the contract, and ways to fill what is behind it.
type ApplicationsFixture struct {
	Applications delegation.Applications
	// RootKeys are those under which the implementation stores secrets.
	RootKeys delegation.RootKeys
	// Add stores an application with these settings and one usable secret. The
	// implementation may choose the client id and the times.
	Add func(t *testing.T, app delegation.Application) (clientID string, secret delegation.Secret)
	// AddSecret adds a secret with the label, the expiry and the state of like.
	// The implementation makes the id and the MAC.
	AddSecret func(t *testing.T, clientID string, like delegation.StoredSecret) delegation.Secret
	// OptOut notes that a user does not want an application to act for them.
	// Nil means that the implementation knows no such wish.
	OptOut func(t *testing.T, clientID, userID string)
	// UserID returns the id of the host's user with a number from 0 to 9, which is the same
	// every time: an Authority passes on the ids that [delegation.Users] returned, and no
	// others. Nil means texts.
	UserID func(n int) string
}

func (f ApplicationsFixture) user(n int) string {
	if f.UserID != nil {
		return f.UserID(n)
	}
	return fmt.Sprintf("user-%d", n)
}

// Applications checks an implementation of [delegation.Applications] against
// its contract. Open returns an empty one for each rule.
func Applications(t *testing.T, open func(t *testing.T) ApplicationsFixture) {
	rules := map[string]func(t *testing.T, f ApplicationsFixture){
		"an application is returned as it was stored": applicationIsReturned,
		"a disabled application is returned":          disabledApplicationIsReturned,
		"client ids are matched exactly":              clientIDIsExact,
		"a secret is found with its application":      secretIsFound,
		"a secret belongs to one application":         secretBelongsToOne,
		"several secrets live side by side":           severalSecrets,
		"a secret is refused beside keys":             secretIsRefusedBesideKeys,
		"a spent context is an error":                 applicationsObeyContext,
		"nothing is taken back at first":              nothingIsTakenBack,
		"one token is ended":                          tokenIsEnded,
		"a delegation is ended, again and again":      delegationIsEnded,
		"delegations end together and none is lost":   delegationsEndAtOnce,
		"a user opts out of one application":          userOptsOut,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

// sample is an application with every setting.
func sample() delegation.Application {
	public := must(delegation.NewKey(must(delegation.GenerateKey(jose.ES256)).Public))
	public.Name = "laptop"
	return delegation.Application{
		Name: "Calendar", Active: true, Scopes: scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList),
		Policy: delegation.Policy{
			Domains: []delegation.Domain{"example.com", "*.example.org"},
			Emails:  []delegation.Email{"o'hara@example.net"},
		},
		Provision: true, Undelegated: true, Reach: delegation.ReachUser, TokenTTL: 5 * time.Minute,
		ResourceServer: true, JWTBearer: true, SecretsToo: true, Keys: []delegation.Key{public},
	}
}

func find(t *testing.T, f ApplicationsFixture, clientID string) delegation.Application {
	t.Helper()
	app, _, err := f.Applications.Application(t.Context(), clientID, "", "")
	is.New(t).NoErr(err)
	return app
}

func applicationIsReturned(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	want := sample()
	id, _ := f.Add(t, want)
	got := find(t, f, id)
	is.Equal(got.ClientID, id)                                     // the id it was asked for
	is.Equal(got.Name, want.Name)                                  // the operator's name
	is.True(got.Active)                                            // as stored
	is.True(got.Scopes.Equal(want.Scopes))                         // the granted scopes, no more and no fewer
	is.True(!got.Policy.Any)                                       // not widened
	is.True(slices.Equal(got.Policy.Domains, want.Policy.Domains)) // in the stored order
	is.True(slices.Equal(got.Policy.Emails, want.Policy.Emails))   // whatever characters they have
	is.True(got.Provision && got.Undelegated)                      // the flags
	is.Equal(got.Reach, want.Reach)                                // how far it sees
	is.True(got.ResourceServer && got.JWTBearer && got.SecretsToo) // the flags of clients with keys
	is.Equal(got.Keys, want.Keys)                                  // public keys, by name
	is.Equal(got.TokenTTL, want.TokenTTL)                          // its own token life
}

func disabledApplicationIsReturned(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	app := sample()
	app.Active = false
	id, secret := f.Add(t, app)
	is.True(!find(t, f, id).Active) // the Authority decides, not the directory
	got, err := f.Applications.ApplicationSecret(t.Context(), id, must(secret.ID()))
	is.NoErr(err)
	is.True(!got.ApplicationActive) // on this way too
}

func clientIDIsExact(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, secret := f.Add(t, sample())
	for _, other := range []string{
		"unknown", id + " ", " " + id, id[:len(id)-1], swapCase(id), "%", "' OR '1'='1", `\`,
	} {
		_, _, err := f.Applications.Application(t.Context(), other, "", "")
		is.True(errors.Is(err, delegation.ErrApplicationNotFound)) // nothing but the id itself
		_, err = f.Applications.ApplicationSecret(t.Context(), other, must(secret.ID()))
		is.True(errors.Is(err, delegation.ErrApplicationNotFound)) // on this way too
		err = f.Applications.RevokeDelegation(t.Context(), other, f.user(0))
		is.True(errors.Is(err, delegation.ErrApplicationNotFound)) // there is nothing to take back
	}
}

func swapCase(s string) string {
	swapped := []byte(s)
	for i, c := range swapped {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			swapped[i] = c ^ 0x20
		}
	}
	return string(swapped)
}

func secretIsFound(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, secret := f.Add(t, sample())
	stored, err := f.Applications.ApplicationSecret(t.Context(), id, must(secret.ID()))
	is.NoErr(err)
	is.Equal(stored.ClientID, id)                          // of the application asked for
	is.True(stored.ApplicationActive)                      // as it is now
	is.True(!stored.ApplicationRefuses)                    // sample has SecretsToo beside its keys
	is.Equal(stored.ID, must(secret.ID()))                 // the secret asked for
	is.Equal(stored.MAC, f.RootKeys.MAC(id, secret))       // what the Authority compares
	is.True(!stored.Imported)                              // made here
	is.True(!stored.Disabled && stored.ExpiresAt.IsZero()) // usable
}

func secretBelongsToOne(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	first, _ := f.Add(t, sample())
	_, secondSecret := f.Add(t, sample())
	for _, secretID := range []string{
		must(secondSecret.ID()), must(delegation.NewSecret().ID()), delegation.ImportedSecretID,
	} {
		stored, err := f.Applications.ApplicationSecret(t.Context(), first, secretID)
		is.True(errors.Is(err, delegation.ErrSecretNotFound)) // another's secret, or none
		is.Equal(len(stored.MAC), 0)                          // and nothing to compare with
	}
}

func secretIsRefusedBesideKeys(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	for _, with := range []struct{ keys, secretsToo, refuses bool }{
		{true, false, true}, {true, true, false}, {false, false, false}, {false, true, false},
	} {
		app := sample()
		if !with.keys {
			app.Keys = nil
		}
		app.SecretsToo = with.secretsToo
		id, secret := f.Add(t, app)
		stored, err := f.Applications.ApplicationSecret(t.Context(), id, must(secret.ID()))
		is.NoErr(err)
		is.Equal(stored.ApplicationRefuses, with.refuses) // keys alone make secrets useless
	}
}

func severalSecrets(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, first := f.Add(t, sample())
	expiry := time.Date(2031, 2, 3, 4, 5, 6, 789000, time.UTC)
	expiring := f.AddSecret(t, id, delegation.StoredSecret{Label: "blue 'green'", ExpiresAt: expiry})
	disabled := f.AddSecret(t, id, delegation.StoredSecret{Disabled: true})

	stored, err := f.Applications.ApplicationSecret(t.Context(), id, must(first.ID()))
	is.NoErr(err)
	is.True(!stored.Disabled) // the first one still works
	stored, err = f.Applications.ApplicationSecret(t.Context(), id, must(expiring.ID()))
	is.NoErr(err)
	is.True(stored.ExpiresAt.Equal(expiry)) // to the microsecond
	is.Equal(stored.Label, "blue 'green'")  // the operator's note
	stored, err = f.Applications.ApplicationSecret(t.Context(), id, must(disabled.ID()))
	is.NoErr(err)
	is.True(stored.Disabled) // returned: the Authority decides
}

func applicationsObeyContext(t *testing.T, f ApplicationsFixture) {
	is := is.New(t)
	id, secret := f.Add(t, sample())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.Applications.Application(ctx, id, f.user(0), tokenID)
	is.True(errors.Is(err, context.Canceled)) // not answered from a stale place, nor as "nothing"
	_, err = f.Applications.ApplicationSecret(ctx, id, must(secret.ID()))
	is.True(errors.Is(err, context.Canceled)) // nor here
	is.True(f.Applications.RevokeToken(ctx, id, tokenID, time.Now().Add(time.Hour)) != nil)
	is.True(f.Applications.RevokeDelegation(ctx, id, f.user(0)) != nil) // nothing is said to be done
}
