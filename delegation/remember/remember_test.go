package remember_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/remember"
	"github.com/anteroom-go/anteroom/scopes"
)

const keep = 10 * time.Second

// people is a directory of one user that counts questions.
type people struct {
	user  delegation.User
	err   error
	asked int
}

func (p *people) UserByEmail(_ context.Context, email delegation.Email) (delegation.User, error) {
	p.asked++
	if p.err == nil && email != p.user.Email {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return p.user, p.err
}

func (p *people) UserByID(ctx context.Context, id string) (delegation.User, error) {
	if id != p.user.ID {
		return delegation.User{}, delegation.ErrUserNotFound
	}
	return p.UserByEmail(ctx, p.user.Email)
}

func TestUsersAreRememberedForAsLongAsTheHostAllows(t *testing.T) {
	is, ctx := is.New(t), t.Context()
	alice := delegation.User{ID: "7", Email: "alice@example.com", Active: true}
	host, now := &people{user: alice}, time.Now()
	users := remember.Users(host, keep, func() time.Time { return now })
	find := func() (delegation.User, int) {
		before := host.asked
		user, err := users.UserByEmail(ctx, alice.Email)
		is.NoErr(err)
		byID, err := users.UserByID(ctx, alice.ID)
		is.NoErr(err)
		is.Equal(byID, user)
		return user, host.asked - before
	}
	_, asked := find()
	is.Equal(asked, 2)
	host.user.Active = false
	now = now.Add(keep - 1)
	user, asked := find()
	is.True(user.Active && asked == 0) // for so long
	now = now.Add(1)
	user, asked = find()
	is.True(!user.Active && asked == 2) // and no longer
	_, asked = find()
	is.Equal(asked, 2) // those who may not be acted for are always asked about
	host.user = alice
	user, _ = find()
	is.True(user.Active) // what is given is seen at once
	now = now.Add(-time.Hour)
	_, asked = find()
	is.Equal(asked, 2) // the clock was set back
	host.err = errors.New("away")
	now = now.Add(time.Hour)
	_, err := users.UserByEmail(ctx, alice.Email)
	is.Equal(err, host.err) // an error is not remembered
	_, err = users.UserByID(ctx, "8")
	is.Equal(err, delegation.ErrUserNotFound)
}

func TestApplicationsAreRememberedUntilTheyAreRevoked(t *testing.T) {
	is, ctx := is.New(t), t.Context()
	now := time.Now()
	host := delegationtest.NewDirectory(delegation.NewRootKeys())
	id, secret := host.AddApplication(delegation.Application{Name: "Calendar", Scopes: scopes.Rooms(), Active: true,
		Policy: delegation.Policy{Any: true}})
	secretID, err := secret.ID()
	is.NoErr(err)
	apps := remember.Applications(host, keep, func() time.Time { return now })
	generation := func(tokenID string) delegation.Status {
		found, status, err := apps.Application(ctx, id, "7", tokenID)
		is.NoErr(err)
		is.Equal(found.Name, "Calendar")
		return status
	}
	is.Equal(generation("t"), delegation.Status{})
	stored, err := apps.ApplicationSecret(ctx, id, secretID)
	is.NoErr(err)
	is.True(len(stored.MAC) == 32)
	is.NoErr(apps.RevokeDelegation(ctx, id, "7"))
	is.Equal(generation("t"), delegation.Status{Generation: 1}) // at once
	is.NoErr(apps.RevokeToken(ctx, id, "t", now.Add(time.Hour)))
	is.True(generation("t").Revoked)
	is.NoErr(host.RevokeDelegation(ctx, id, "7")) // by another way
	is.Equal(generation("u").Generation, int64(2))
	is.NoErr(host.RevokeDelegation(ctx, id, "7"))
	is.Equal(generation("u").Generation, int64(2)) // for as long as the host allows
	now = now.Add(keep)
	is.Equal(generation("u").Generation, int64(3))
}

// TestNoTimeIsNoMemory: the directory is asked every time.
func TestNoTimeIsNoMemory(t *testing.T) {
	is := is.New(t)
	host := &people{user: delegation.User{ID: "7", Email: "alice@example.com", Active: true}}
	users := remember.Users(host, 0, time.Now)
	for n := range 3 {
		_, err := users.UserByID(t.Context(), "7")
		is.NoErr(err)
		is.Equal(host.asked, n+1)
	}
}
