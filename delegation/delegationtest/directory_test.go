package delegationtest_test

import (
	"strconv"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// fixture is an empty directory for every suite.
func fixture(*testing.T) delegationtest.RecordsFixture {
	rootKeys := delegation.NewRootKeys()
	directory := delegationtest.NewDirectory(rootKeys)
	return delegationtest.RecordsFixture{
		ApplicationsFixture: delegationtest.ApplicationsFixture{
			Applications: directory,
			RootKeys:     rootKeys,
			Add: func(_ *testing.T, app delegation.Application) (string, delegation.Secret) {
				return directory.AddApplication(app)
			},
			AddSecret: func(_ *testing.T, clientID string, like delegation.StoredSecret) delegation.Secret {
				return directory.AddSecret(clientID, like)
			},
			OptOut: func(_ *testing.T, clientID, userID string) { directory.OptOut(clientID, userID) },
		},
		Records: directory,
		Import: func(_ *testing.T, secret delegation.Secret) string {
			clientID, _ := directory.AddApplication(delegation.Application{Active: true})
			directory.ImportSecret(clientID, secret)
			return clientID
		},
	}
}

func TestDirectoryOfApplications(t *testing.T) {
	delegationtest.Applications(t, func(t *testing.T) delegationtest.ApplicationsFixture {
		return fixture(t).ApplicationsFixture
	})
}

func TestDirectoryOfRecords(t *testing.T) { delegationtest.Records(t, fixture) }

func users(*testing.T) delegationtest.UsersFixture {
	directory := delegationtest.NewDirectory(delegation.NewRootKeys())
	directory.UserID = strconv.Itoa // as of a host that counts its users
	return delegationtest.UsersFixture{
		NewID:       func() string { return "4711" },
		Users:       directory,
		Provisioner: directory,
		Add: func(_ *testing.T, email delegation.Email, active bool) string {
			user := directory.AddUser(string(email))
			directory.ChangeUser(user.ID, func(u *delegation.User) { u.Active = active })
			return user.ID
		},
	}
}

func TestDirectoryOfUsers(t *testing.T) { delegationtest.Users(t, users) }

func TestDirectoryProvisions(t *testing.T) { delegationtest.Provisioner(t, users) }

func TestDirectoryOfAssertions(t *testing.T) {
	delegationtest.Assertions(t, func(*testing.T) delegation.Assertions {
		return delegationtest.NewDirectory(delegation.NewRootKeys())
	})
}

func TestDirectoryOfProofs(t *testing.T) {
	delegationtest.Proofs(t, func(*testing.T) dpop.Uses {
		return delegationtest.NewDirectory(delegation.NewRootKeys())
	})
}

func TestKeySet(t *testing.T) {
	for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256} {
		delegationtest.Keys(t, func(t *testing.T) delegation.Keys {
			is := is.New(t)
			key, err := delegation.GenerateKey(alg)
			is.NoErr(err)
			other, err := delegation.GenerateKey(jose.ES256)
			is.NoErr(err)
			set, err := delegation.NewKeySet(key, other)
			is.NoErr(err)
			return set
		})
	}
}
