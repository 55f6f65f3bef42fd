package delegationtest

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// Keys checks an implementation of [delegation.Keys] against its contract. Open
// returns one whose keys do not change during a rule.
func Keys(t *testing.T, open func(t *testing.T) delegation.Keys) {
	rules := map[string]func(t *testing.T, keys delegation.Keys){
		"the key that signs is published":     signingKeyIsPublished,
		"no private part is published":        nothingPrivateIsPublished,
		"the same keys are the same pointer":  keySetIsStable,
		"a token is signed and then verified": tokenIsSigned,
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) { rule(t, open(t)) })
	}
}

// published returns the members of every published key.
func published(t *testing.T, keys delegation.Keys) []map[string]any {
	t.Helper()
	is := is.New(t)
	set, err := keys.KeySet(t.Context())
	is.NoErr(err)
	var document struct{ Keys []map[string]any }
	is.NoErr(json.Unmarshal(set.JWKS(), &document))
	is.True(len(document.Keys) > 0) // a token can be verified
	return document.Keys
}

func signingKeyIsPublished(t *testing.T, keys delegation.Keys) {
	is := is.New(t)
	set, err := keys.KeySet(t.Context())
	is.NoErr(err)
	count := 0
	for _, key := range published(t, keys) {
		if key["kid"] == set.SigningKeyID() {
			count++
		}
	}
	is.Equal(count, 1) // so that verifiers find it
}

func nothingPrivateIsPublished(t *testing.T, keys delegation.Keys) {
	is := is.New(t)
	for _, key := range published(t, keys) {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			_, there := key[private]
			is.True(!there) // a document for everyone
		}
	}
}

func keySetIsStable(t *testing.T, keys delegation.Keys) {
	is := is.New(t)
	sets := make([]*delegation.KeySet, 16)
	errs := make([]error, len(sets))
	var wait sync.WaitGroup
	for i := range sets {
		wait.Go(func() { sets[i], errs[i] = keys.KeySet(t.Context()) })
	}
	wait.Wait()
	for i := range sets {
		is.NoErr(errs[i])
		is.True(sets[i] == sets[0]) // as long as nothing changed
	}
}

func tokenIsSigned(t *testing.T, keys delegation.Keys) {
	is := is.New(t)
	rootKeys := delegation.NewRootKeys()
	directory := NewDirectory(rootKeys)
	authority, err := delegation.New(delegation.Config{Issuer: "https://meet.example.org", Audience: "rooms",
		RootKeys: rootKeys, Applications: directory, Users: directory, Keys: keys})
	is.NoErr(err)
	id, secret := directory.AddApplication(sample())
	token, err := authority.Issue(t.Context(), delegation.TokenRequest{
		Credentials: delegation.Credentials{ClientID: id, ClientSecret: secret}})
	is.NoErr(err)
	grant, err := authority.Verify(t.Context(), string(token.Access))
	is.NoErr(err)
	is.Equal(grant.Application.ClientID, id) // by keys that belong together
}
