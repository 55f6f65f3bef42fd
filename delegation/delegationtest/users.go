package delegationtest

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// UsersFixture is what the suites [Users] and [Provisioner] need: an
// implementation of the contract, and a way to add a user behind it.
type UsersFixture struct {
	Users delegation.Users
	// Provisioner is only needed by the suite of this name.
	Provisioner delegation.Provisioner
	// Add stores a user and returns their id.
	Add func(t *testing.T, email delegation.Email, active bool) (id string)
	// NewID returns an id of the host's form that no user has, such as that of a user who
	// was removed: tokens may still name them. An Authority asks for no id that the host
	// could not have given. Nil means that such ids are not asked for.
	NewID func() string
}

// Users checks an implementation of [delegation.Users] against its contract.
// Open returns an empty one for each rule.
func Users(t *testing.T, open func(t *testing.T) UsersFixture) {
	rules := map[string]func(t *testing.T, f UsersFixture){
		"a user is found by address and by id": userIsFound,
		"an inactive user is returned":         inactiveUserIsReturned,
		"addresses are matched exactly":        addressIsExact,
		"ids are matched exactly":              userIDIsExact,
		"a spent context is an error":          usersObeyContext,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
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
	for _, other := range []delegation.Email{"u+tag@example.com", "u@sub.example.com", "u@example.co",
		"_@example.com", "%@example.com", "v@example.com"} {
		_, err := f.Users.UserByEmail(t.Context(), other)
		is.True(errors.Is(err, delegation.ErrUserNotFound)) // another address is another user
	}
}

func userIDIsExact(t *testing.T, f UsersFixture) {
	is := is.New(t)
	ids := map[string]delegation.Email{}
	for _, email := range []delegation.Email{"u@example.com", "v@example.com", "u@example.org"} {
		ids[f.Add(t, email, true)] = email
	}
	is.Equal(len(ids), 3) // everyone has their own
	for id, email := range ids {
		user, err := f.Users.UserByID(t.Context(), id)
		is.NoErr(err)
		is.Equal(user, delegation.User{ID: id, Email: email, Active: true})
	}
	if f.NewID == nil {
		return
	}
	_, err := f.Users.UserByID(t.Context(), f.NewID())
	is.True(errors.Is(err, delegation.ErrUserNotFound)) // nothing but the id itself
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
