package delegationtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// Provisioner checks an implementation of [delegation.Provisioner] against its
// contract. Open returns an empty one for each rule.
func Provisioner(t *testing.T, open func(t *testing.T) UsersFixture) {
	rules := map[string]func(t *testing.T, f UsersFixture){
		"an active user is created once":               provisioningCreates,
		"the user who is there is found":               provisioningFinds,
		"provisioning one address at once makes one":   provisioningAtOnce,
		"the address of the user is the one asked for": provisioningKeepsAddresses,
		"a spent context is an error":                  provisioningObeysContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

func provisioningCreates(t *testing.T, f UsersFixture) {
	is := is.New(t)
	user, err := f.Provisioner.ProvisionUser(t.Context(), "new@example.com")
	is.NoErr(err)
	is.True(user.Active && user.ID != "" && user.Email == "new@example.com") // a complete user
	again, err := f.Provisioner.ProvisionUser(t.Context(), "new@example.com")
	is.NoErr(err)
	is.Equal(again, user) // the same one the second time
	found, err := f.Users.UserByEmail(t.Context(), "new@example.com")
	is.NoErr(err)
	is.Equal(found, user) // and the directory knows them
}

func provisioningFinds(t *testing.T, f UsersFixture) {
	is := is.New(t)
	id := f.Add(t, "alice@example.com", false)
	user, err := f.Provisioner.ProvisionUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	is.Equal(user.ID, id) // the user who is there
	is.True(!user.Active) // provisioning does not revive a disabled user
}

func provisioningAtOnce(t *testing.T, f UsersFixture) {
	is := is.New(t)
	ids := make([]string, 32)
	errs := make([]error, len(ids))
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			user, err := f.Provisioner.ProvisionUser(t.Context(), "crowd@example.com")
			ids[i], errs[i] = user.ID, err
		})
	}
	wait.Wait()
	for i := range ids {
		is.NoErr(errs[i])        // no call loses the race with an error
		is.Equal(ids[i], ids[0]) // one user for all
	}
}

func provisioningKeepsAddresses(t *testing.T, f UsersFixture) {
	is := is.New(t)
	ids := map[string]bool{}
	for _, email := range []delegation.Email{
		"u@example.com", "u+x@example.com", "u.x@example.com", "o'hara@sub.example.com",
	} {
		user, err := f.Provisioner.ProvisionUser(t.Context(), email)
		is.NoErr(err)
		is.Equal(user.Email, email) // and nothing is stripped from it
		is.True(!ids[user.ID])      // another address is another user
		ids[user.ID] = true
	}
}

func provisioningObeysContext(t *testing.T, f UsersFixture) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Provisioner.ProvisionUser(ctx, "new@example.com")
	is.True(err != nil) // not answered with a user who is not kept
	_, err = f.Users.UserByEmail(t.Context(), "new@example.com")
	is.True(errors.Is(err, delegation.ErrUserNotFound))
}
