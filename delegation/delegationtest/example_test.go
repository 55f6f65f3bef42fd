package delegationtest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
)

func ExampleDirectory() {
	ctx := context.Background()
	directory := delegationtest.NewDirectory(delegation.NewRootKey())
	alice := directory.AddUser("alice@example.com")
	directory.ChangeUser(alice.ID, func(u *delegation.User) { u.Active = false })

	user, err := directory.UserByEmail(ctx, "alice@example.com")
	fmt.Println(user.Active, err)
	_, err = directory.UserByEmail(ctx, "bob@example.com")
	fmt.Println(errors.Is(err, delegation.ErrUserNotFound))
	// Output:
	// false <nil>
	// true
}
