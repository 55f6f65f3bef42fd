// Package googletest checks what package google demands of a host's contract, and signs assertions for
// tests as Google's client libraries do.
package googletest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/google"
)

// Place is a directory of keys, as a test changes it.
type Place struct {
	google.Keys
	// First and Second are applications without keys.
	First, Second string
	// Add makes a good key of an application, or fails the test.
	Add func(t *testing.T, clientID string) google.Key
	// End ends a key, or fails the test.
	End func(t *testing.T, clientID, keyID string)
}

// Keys checks an implementation of [google.Keys] against its contract. Open returns one for each rule.
func Keys(t *testing.T, open func(t *testing.T) Place) {
	for name, rule := range map[string]func(t *testing.T, is *is.I, p Place){
		"finds the keys of the application alone": findsItsKeysAlone,
		"gives back the key":                      givesBack,
		"ends a key at once":                      endsAtOnce,
		"keeps the last use":                      keepsLastUse,
	} {
		t.Run(name, func(t *testing.T) { rule(t, is.New(t), open(t)) })
	}
}

func findsItsKeysAlone(t *testing.T, is *is.I, p Place) {
	a, b := p.Add(t, p.First), p.Add(t, p.Second)
	is.Equal(p.ids(t, p.First), []string{a.ID})
	is.Equal(p.ids(t, p.Second), []string{b.ID})
	for _, other := range []string{"", p.First + " ", p.First + "\x00", "\xff", "app_of_none"} {
		is.Equal(len(p.ids(t, other)), 0) // exactly this client id
	}
}

func givesBack(t *testing.T, is *is.I, p Place) {
	made := p.Add(t, p.First)
	found, err := p.GoogleKeys(t.Context(), p.First)
	is.NoErr(err)
	is.True(found[0].Public.Equal(made.Public))
	is.True(found[0].LastUsedAt.IsZero() && found[0].EndedAt.IsZero()) // it is new and good
}

func endsAtOnce(t *testing.T, is *is.I, p Place) {
	a, b := p.Add(t, p.First), p.Add(t, p.First)
	p.End(t, p.First, a.ID)
	is.Equal(p.ids(t, p.First), []string{b.ID}) // and no other one
}

func keepsLastUse(t *testing.T, is *is.I, p Place) {
	key, at := p.Add(t, p.First), time.Now().Truncate(time.Second)
	for _, used := range []time.Time{at, at.Add(-2 * time.Hour)} {
		is.NoErr(p.GoogleKeyUsed(t.Context(), p.First, key.ID, used))
	}
	found, err := p.GoogleKeys(t.Context(), p.First)
	is.NoErr(err)
	is.True(found[0].LastUsedAt.Sub(at).Abs() <= time.Hour)      // to the hour
	is.NoErr(p.GoogleKeyUsed(t.Context(), p.Second, key.ID, at)) // another application's
	is.NoErr(p.GoogleKeyUsed(t.Context(), p.First, "\x00", at))  // a key that is not there
}

// ids returns the ids of the good keys of an application.
func (p Place) ids(t *testing.T, clientID string) (ids []string) {
	found, err := p.GoogleKeys(t.Context(), clientID)
	is.New(t).NoErr(err)
	for _, key := range found {
		ids = append(ids, key.ID)
	}
	return ids
}

// Sign returns a JWT with these members in its header and its payload. A member that is nil is left out.
func Sign(t testing.TB, private *rsa.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	text := Part(t, header) + "." + Part(t, claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, private, crypto.SHA256, digest[:])
	is.New(t).NoErr(err)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Part returns an object as a part of a JWT. A member that is nil is left out.
func Part(t testing.TB, object map[string]any) string {
	t.Helper()
	members := map[string]any{}
	for name, value := range object {
		if value != nil {
			members[name] = value
		}
	}
	text, err := json.Marshal(members)
	is.New(t).NoErr(err)
	return base64.RawURLEncoding.EncodeToString(text)
}

// Header returns the header that the libraries for Go, Python and Java write.
func Header(keyID string) map[string]any {
	return map[string]any{"alg": "RS256", "typ": "JWT", "kid": keyID}
}

// Claims returns the claims that the libraries write, of an assertion that is made now.
func Claims(clientID, user string, now time.Time) map[string]any {
	return map[string]any{"iss": clientID, "sub": user, "scope": string(google.ScopeCreated), "aud": google.Audience,
		"iat": now.Unix(), "exp": now.Unix() + 3600}
}
