package delegationtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// UsersFixture is what the suite [Users] needs of an implementation: the
// contract, and a way to add a user behind it.
type UsersFixture struct {
	Users delegation.Users
	Add   func(t *testing.T, email delegation.Email, active bool) (id string)
}

// Users checks an implementation of [delegation.Users] against its contract,
// and of [delegation.Provisioner] and [delegation.BulkUsers] if it is one. Open
// returns an empty one for each rule.
func Users(t *testing.T, open func(t *testing.T) UsersFixture) {
	rules := map[string]func(t *testing.T, f UsersFixture){
		"a user is found by address and by id": userIsFound,
		"an inactive user is returned":         inactiveUserIsReturned,
		"addresses are matched exactly":        addressIsExact,
		"ids are matched exactly":              userIDIsExact,
		"a spent context is an error":          usersObeyContext,
	}
	provisioning := map[string]func(t *testing.T, f UsersFixture, p delegation.Provisioner){
		"provisioning creates an active user once":        provisioningCreates,
		"provisioning finds the user who is there":        provisioningFinds,
		"provisioning one address at once makes one user": provisioningAtOnce,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
	if _, ok := open(t).Users.(delegation.BulkUsers); ok {
		t.Run("many users are found at once", func(t *testing.T) { usersAreFoundAtOnce(t, open(t)) })
	}
	if _, ok := open(t).Users.(delegation.Provisioner); !ok {
		return
	}
	for name, rule := range provisioning {
		t.Run(name, func(t *testing.T) {
			f := open(t)
			rule(t, f, f.Users.(delegation.Provisioner))
		})
	}
}

func userIsFound(t *testing.T, f UsersFixture) {
	is := is.New(t)
	id := f.Add(t, "o'hara+x@example.com", true)
	f.Add(t, "bob@example.com", true)
	want := delegation.User{ID: id, Email: "o'hara+x@example.com", Active: true}
	byEmail, err := f.Users.UserByEmail(t.Context(), want.Email)
	is.NoErr(err)
	is.Equal(byEmail, want) // by address
	byID, err := f.Users.UserByID(t.Context(), id)
	is.NoErr(err)
	is.Equal(byID, want) // by id
}

func usersAreFoundAtOnce(t *testing.T, f UsersFixture) {
	is := is.New(t)
	bulk := f.Users.(delegation.BulkUsers)
	want := map[delegation.Email]string{"a@example.com": f.Add(t, "a@example.com", true), "b'b@example.com": f.Add(t, "b'b@example.com", false)}
	f.Add(t, "c@example.com", true)
	found, err := bulk.UsersByEmail(t.Context(), []delegation.Email{"b'b@example.com", "nobody@example.com", "", "a@example.com", "\x00"})
	is.NoErr(err)
	is.Equal(len(found), 2) // who is there, and nobody else
	for _, user := range found {
		is.Equal(user.ID, want[user.Email])
	}
	none, err := bulk.UsersByEmail(t.Context(), nil)
	is.NoErr(err)
	is.Equal(len(none), 0) // nobody is asked for
}

func inactiveUserIsReturned(t *testing.T, f UsersFixture) {
	is := is.New(t)
	id := f.Add(t, "alice@example.com", false)
	byEmail, err := f.Users.UserByEmail(t.Context(), "alice@example.com")
	is.NoErr(err)
	is.True(!byEmail.Active) // the Authority decides, not the directory
	byID, err := f.Users.UserByID(t.Context(), id)
	is.NoErr(err)
	is.True(!byID.Active) // on this way too
}

func addressIsExact(t *testing.T, f UsersFixture) {
	is := is.New(t)
	f.Add(t, "u@example.com", true)
	for _, other := range []delegation.Email{"", "u", "u+tag@example.com", "u@sub.example.com", "u@example.co", "_@example.com", "%@example.com", "v@example.com"} {
		_, err := f.Users.UserByEmail(t.Context(), other)
		is.True(errors.Is(err, delegation.ErrUserNotFound)) // another address is another user
	}
}

func userIDIsExact(t *testing.T, f UsersFixture) {
	is := is.New(t)
	id := f.Add(t, "u@example.com", true)
	for _, other := range []string{"", id + "x", " " + id, "u@example.com", "' OR '1'='1", "%"} {
		_, err := f.Users.UserByID(t.Context(), other)
		is.True(errors.Is(err, delegation.ErrUserNotFound)) // nothing but the id itself
	}
}

func usersObeyContext(t *testing.T, f UsersFixture) {
	is := is.New(t)
	id := f.Add(t, "u@example.com", true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Users.UserByEmail(ctx, "u@example.com")
	is.True(errors.Is(err, context.Canceled)) // not answered from a stale place
	_, err = f.Users.UserByID(ctx, id)
	is.True(errors.Is(err, context.Canceled)) // nor here
}

func provisioningCreates(t *testing.T, f UsersFixture, p delegation.Provisioner) {
	is := is.New(t)
	user, err := p.ProvisionUser(t.Context(), "new@example.com")
	is.NoErr(err)
	is.True(user.Active && user.ID != "" && user.Email == "new@example.com") // a complete user
	again, err := p.ProvisionUser(t.Context(), "new@example.com")
	is.NoErr(err)
	is.Equal(again, user) // the same one the second time
	found, err := f.Users.UserByEmail(t.Context(), "new@example.com")
	is.NoErr(err)
	is.Equal(found, user) // and the directory knows them
}

func provisioningFinds(t *testing.T, f UsersFixture, p delegation.Provisioner) {
	is := is.New(t)
	id := f.Add(t, "alice@example.com", false)
	user, err := p.ProvisionUser(t.Context(), "alice@example.com")
	is.NoErr(err)
	is.Equal(user.ID, id) // the user who is there
	is.True(!user.Active) // provisioning does not revive a disabled user
}

func provisioningAtOnce(t *testing.T, f UsersFixture, p delegation.Provisioner) {
	is := is.New(t)
	ids := make([]string, 32)
	errs := make([]error, len(ids))
	var wait sync.WaitGroup
	for i := range ids {
		wait.Go(func() {
			user, err := p.ProvisionUser(t.Context(), "crowd@example.com")
			ids[i], errs[i] = user.ID, err
		})
	}
	wait.Wait()
	for i := range ids {
		is.NoErr(errs[i])        // nobody loses the race with an error
		is.Equal(ids[i], ids[0]) // one user for all
	}
}
