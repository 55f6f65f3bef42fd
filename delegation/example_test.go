package delegation_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/scopes"
)

func Example() {
	ctx := context.Background()
	rootKeys := delegation.NewRootKeys()
	directory := delegationtest.NewDirectory(rootKeys) // package registry has one on SQL
	directory.AddUser("alice@example.com")
	id, secret := directory.AddApplication(delegation.Application{
		Name: "Calendar", Active: true, Scopes: scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	key, err := delegation.GenerateKey(jose.ES256)
	if err != nil {
		panic(err)
	}
	keys, err := delegation.NewKeySet(key)
	if err != nil {
		panic(err)
	}
	authority, err := delegation.New(delegation.Config{
		Issuer: "https://meet.example.org", Audience: "https://meet.example.org/external-api",
		RootKeys: rootKeys, Applications: directory, Users: directory, Keys: keys,
	})
	if err != nil {
		panic(err)
	}

	credentials := delegation.Credentials{ClientID: id, ClientSecret: secret}
	token, err := authority.Issue(ctx, delegation.TokenRequest{Credentials: credentials,
		Scope: "alice@example.com rooms:create"})
	if err != nil {
		panic(err)
	}
	grant, err := authority.Verify(ctx, string(token.Access))
	if err != nil {
		panic(err)
	}
	fmt.Println(grant.Application.Name, "acts for", string(grant.User.Email))
	fmt.Println(grant.Require(scopes.RoomsCreate))
	fmt.Println(grant.Require(scopes.RoomsList))
	_, err = authority.Issue(ctx, delegation.TokenRequest{Credentials: credentials, Scope: "bob@example.net"})
	fmt.Println(err)
	// Output:
	// Calendar acts for alice@example.com
	// <nil>
	// scopes: "rooms:list" is not granted
	// delegation: not delegable: address_not_covered
}

// Explain tells an operator which rule decides, and changes nothing.
func ExampleAuthority_Explain() {
	ctx := context.Background()
	rootKeys := delegation.NewRootKeys()
	directory := delegationtest.NewDirectory(rootKeys)
	id, _ := directory.AddApplication(delegation.Application{Active: true, Scopes: scopes.NewSet(scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	key, _ := delegation.GenerateKey(jose.ES256)
	keys, _ := delegation.NewKeySet(key)
	authority, _ := delegation.New(delegation.Config{Issuer: "https://meet.example.org", Audience: "rooms",
		RootKeys: rootKeys, Applications: directory, Users: directory, Keys: keys})

	_, err := authority.Explain(ctx, id, "alice@example.com")
	var refusal *delegation.Refusal
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Reason, "-", refusal.Reason.Text())
	}
	directory.AddUser("alice@example.com")
	token, err := authority.Explain(ctx, id, "alice@example.com")
	fmt.Println(token.Scopes, token.ExpiresIn, err)
	// Output:
	// user_unknown - There is no such user, and the application may not create users.
	// rooms:list 10m0s <nil>
}
