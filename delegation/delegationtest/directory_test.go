package delegationtest_test

import (
	"testing"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
)

func TestDirectoryOfApplications(t *testing.T) {
	delegationtest.Applications(t, func(t *testing.T) delegationtest.ApplicationsFixture {
		rootKey := delegation.NewRootKey()
		directory := delegationtest.NewDirectory(rootKey)
		pepper, err := rootKey.Pepper()
		if err != nil {
			t.Fatal(err)
		}
		return delegationtest.ApplicationsFixture{
			Applications: directory,
			Pepper:       pepper,
			Add: func(_ *testing.T, app delegation.Application) (string, delegation.Secret) {
				return directory.AddApplication(app)
			},
			AddSecret: func(_ *testing.T, clientID string, like delegation.StoredSecret) delegation.Secret {
				return directory.AddSecret(clientID, like)
			},
		}
	})
}

func TestDirectoryOfUsers(t *testing.T) {
	delegationtest.Users(t, func(t *testing.T) delegationtest.UsersFixture {
		directory := delegationtest.NewDirectory(delegation.NewRootKey())
		return delegationtest.UsersFixture{
			Users: directory,
			Add: func(_ *testing.T, email delegation.Email, active bool) string {
				user := directory.AddUser(string(email))
				directory.ChangeUser(user.ID, func(u *delegation.User) { u.Active = active })
				return user.ID
			},
		}
	})
}

func TestDirectoryOfRevocations(t *testing.T) {
	delegationtest.Revocations(t, func(*testing.T) delegationtest.RevocationsFixture {
		directory := delegationtest.NewDirectory(delegation.NewRootKey())
		return delegationtest.RevocationsFixture{Revocations: directory, First: "app_1", Second: "app_2"}
	})
}
