package registry_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// kept are the fields of an application that the registry sets by itself.
func kept(field string) bool {
	switch field {
	case "ClientID", "Active", "Generation", "CreatedAt", "UpdatedAt":
		return true
	}
	return false
}

// settings are two values of every other field.
func settings(t *testing.T) [2]delegation.Application {
	t.Helper()
	is := is.New(t)
	private, err := delegation.GenerateKey(jose.EdDSA)
	is.NoErr(err)
	named, err := delegation.NewKey(private.Public)
	is.NoErr(err)
	unnamed := named
	named.Name = "laptop"
	return [2]delegation.Application{{
		Name: "Calendar", Scopes: scopes.NewSet(scopes.RoomsList, scopes.RoomsCreate),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com", "*.gouv.fr"}, PublicSuffixes: true,
			Emails: []delegation.Email{"o'hara@example.net"}},
		Provision: true, Undelegated: true, Reach: delegation.ReachUser, Keys: []delegation.Key{named},
		SecretsToo: true, JWTBearer: true, ResourceServer: true, TokenTTL: 5 * time.Minute,
		TokenEndpointAudience: true, DPoP: true, RefusalStatus: 404,
		RateLimits: rates.Limits{Reads: rates.Quota{Application: 600, User: 60}, Tokens: 10, Concurrent: 2},
	}, {
		Name: "Diary", Scopes: scopes.NewSet(scopes.RoomsDelete), Policy: delegation.Policy{Any: true},
		Reach: delegation.ReachOwn, Keys: []delegation.Key{unnamed}, TokenTTL: time.Hour,
		RateLimits: rates.Limits{Off: true},
	}}
}

// TestEveryFieldIsKept creates, reads and updates applications. A field that is
// new in the struct fails here until it is stored.
func TestEveryFieldIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		reg := newRegistry(t, registry.Config{DB: db, RootKeys: delegation.NewRootKeys()})
		values := settings(t)
		created, _, err := reg.CreateApplication(t.Context(), values[0])
		is.New(t).NoErr(err)
		for field := range reflect.TypeFor[delegation.Application]().Fields() {
			if kept(field.Name) {
				continue
			}
			t.Run(field.Name, func(t *testing.T) {
				is := is.New(t)
				value := func(app delegation.Application) any { return reflect.ValueOf(app).FieldByName(field.Name).Interface() }
				first, second := value(values[0]), value(values[1])
				is.True(!reflect.ValueOf(first).IsZero() && !reflect.DeepEqual(first, second)) // every field has two values
				is.Equal(value(created), first)
				read, _, err := reg.Application(t.Context(), created.ClientID, "", "")
				is.NoErr(err)
				is.Equal(value(read), first) // read by one
				listed, err := reg.Applications(t.Context())
				is.NoErr(err)
				is.Equal(value(listed[0]), first) // and among all
				set := func(to any) {
					_, err := reg.UpdateApplication(t.Context(), created.ClientID, func(app *delegation.Application) error {
						reflect.ValueOf(app).Elem().FieldByName(field.Name).Set(reflect.ValueOf(to))
						return nil
					})
					is.NoErr(err)
				}
				set(second)
				read, _, err = reg.Application(t.Context(), created.ClientID, "", "")
				is.NoErr(err)
				is.Equal(value(read), second) // changed
				set(first)
				read, _, err = reg.Application(t.Context(), created.ClientID, "", "")
				is.NoErr(err)
				read.UpdatedAt = created.UpdatedAt
				is.Equal(read, created) // and nothing else with it
			})
		}
	})
}
