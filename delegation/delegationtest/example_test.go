package delegationtest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/scopes"
)

// A directory in memory stands behind an authority.
func ExampleDirectory() {
	ctx := context.Background()
	rootKeys := delegation.NewRootKeys()
	directory := delegationtest.NewDirectory(rootKeys)
	id, secret := directory.AddApplication(delegation.Application{Active: true, Scopes: scopes.Rooms(),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	alice := directory.AddUser("alice@example.com")

	key, _ := delegation.GenerateKey(jose.ES256)
	keys, _ := delegation.NewKeySet(key)
	authority, err := delegation.New(delegation.Config{Issuer: "https://meet.example.org", Audience: "rooms",
		RootKeys: rootKeys, Applications: directory, Users: directory, Keys: keys})
	fmt.Println(err)

	ask := delegation.TokenRequest{
		Credentials: delegation.Credentials{ClientID: id, ClientSecret: secret}, Scope: "alice@example.com"}
	token, err := authority.Issue(ctx, ask)
	fmt.Println(token.User.ID == alice.ID, err)
	directory.ChangeUser(alice.ID, func(u *delegation.User) { u.Active = false })
	_, err = authority.Issue(ctx, ask)
	fmt.Println(errors.Is(err, delegation.ErrNotDelegable))
	// Output:
	// <nil>
	// true <nil>
	// true
}

// A host's test runs the suite of each contract that the host implements.
func ExampleUsers() {
	_ = func(t *testing.T) { // func TestUsers(t *testing.T)
		delegationtest.Users(t, func(t *testing.T) delegationtest.UsersFixture {
			directory := delegationtest.NewDirectory(delegation.NewRootKeys()) // the host's own
			return delegationtest.UsersFixture{Users: directory, Add: func(t *testing.T, email delegation.Email,
				active bool) string {
				user := directory.AddUser(string(email))
				directory.ChangeUser(user.ID, func(u *delegation.User) { u.Active = active })
				return user.ID
			}}
		})
	}
	fmt.Println("go test runs the suite")
	// Output:
	// go test runs the suite
}
