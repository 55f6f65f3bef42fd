package delegation_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// publicJWK returns the members of a new public key, changed.
func publicJWK(t *testing.T, alg jose.SignatureAlgorithm, changes object) string {
	t.Helper()
	is := is.New(t)
	text, err := json.Marshal(jose.JSONWebKey{Key: privateKey(t, alg).Public()})
	is.NoErr(err)
	var members object
	is.NoErr(json.Unmarshal(text, &members))
	return changed(members, changes)
}

func setOf(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

func TestParseKeys(t *testing.T) {
	is := is.New(t)
	keys, left, err := delegation.ParseKeys(setOf(publicJWK(t, jose.ES256, nil), publicJWK(t, jose.EdDSA,
		object{"kid": "k1"})))
	is.NoErr(err)
	is.Equal(len(left), 0)
	is.Equal(len(keys), 2)
	is.Equal(keys[1].Name, "k1")
	again, err := json.Marshal(map[string][]delegation.Key{"keys": keys})
	is.NoErr(err)
	same, _, err := delegation.ParseKeys(again)
	is.NoErr(err)
	is.Equal(same, keys) // read back as written
}

// TestKeysOfVendors takes what is usable from the sets that others publish.
func TestKeysOfVendors(t *testing.T) {
	padded := func(text string) string { return text + strings.Repeat("=", (4-len(text)%4)%4) }
	var members map[string]string
	is.New(t).NoErr(json.Unmarshal([]byte(publicJWK(t, jose.ES256, nil)), &members))
	for name, key := range map[string]string{
		"bare":           publicJWK(t, jose.ES256, nil),
		"alg and use":    publicJWK(t, jose.ES256, object{"alg": "ES256", "use": "sig", "kid": "a"}),
		"Ed25519":        publicJWK(t, jose.EdDSA, object{"alg": "Ed25519"}),
		"EdDSA":          publicJWK(t, jose.EdDSA, object{"alg": "EdDSA"}),
		"nulls":          publicJWK(t, jose.ES256, object{"alg": nil, "use": nil, "kid": nil, "key_ops": nil, "d": nil}),
		"key_ops":        publicJWK(t, jose.ES256, object{"key_ops": []string{"sign", "verify"}}),
		"a certificate":  publicJWK(t, jose.ES256, object{"x5c": []string{"MIIB"}, "x5t": 5, "nbf": 1493763266}),
		"of its own":     publicJWK(t, jose.ES256, object{"issuer": "https://login.example.com", "exp": 1.5}),
		"padded numbers": publicJWK(t, jose.ES256, object{"x": padded(members["x"]), "y": padded(members["y"])}),
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			keys, left, err := delegation.ParseKeys(setOf(key))
			is.NoErr(err)
			is.Equal(len(keys), 1)
			is.Equal(len(left), 0)
		})
	}
}

// TestKeysLeftOut has the keys that verify nothing here beside a usable one: it is
// taken, and the cause is told for each of the others.
func TestKeysLeftOut(t *testing.T) {
	good := publicJWK(t, jose.ES256, object{"kid": "good"})
	var members map[string]string
	is.New(t).NoErr(json.Unmarshal([]byte(good), &members))
	short := func(name string) string { return members[name][:len(members[name])-3] }
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	is.New(t).NoErr(err)
	other, err := json.Marshal(jose.JSONWebKey{Key: p384.Public(), KeyID: "p384"})
	is.New(t).NoErr(err)
	for name, test := range map[string]struct{ key, cause string }{
		"for encryption":    {publicJWK(t, jose.ES256, object{"use": "enc"}), `use is "enc"`},
		"for deriving":      {publicJWK(t, jose.ES256, object{"key_ops": []string{"deriveKey"}}), "key_ops"},
		"odd key_ops":       {publicJWK(t, jose.ES256, object{"key_ops": "verify"}), "key_ops"},
		"RSA":               {publicJWK(t, jose.RS256, nil), "RSA key of 2048 bits"},
		"RS1":               {publicJWK(t, jose.RS256, object{"alg": "RS1"}), `"RS1"`},
		"a small RSA":       {`{"kty":"RSA","n":"` + strings.Repeat("q", 128) + `","e":"AQAB"}`, "768 bits"},
		"P-384":             {string(other), `"P-384"`},
		"X25519":            {publicJWK(t, jose.EdDSA, object{"crv": "X25519"}), `"X25519"`},
		"Ed448":             {publicJWK(t, jose.EdDSA, object{"crv": "Ed448"}), `"Ed448"`},
		"no curve":          {publicJWK(t, jose.ES256, object{"crv": absent{}}), "no crv"},
		"a new type":        {`{"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA"}`, `"AKP"`},
		"no type":           {publicJWK(t, jose.ES256, object{"kty": absent{}}), "no kty"},
		"another algorithm": {publicJWK(t, jose.ES256, object{"alg": "ES384"}), `"ES384"`},
		"of a curve":        {publicJWK(t, jose.EdDSA, object{"alg": "ES256"}), `"ES256"`},
		"a short x":         {publicJWK(t, jose.ES256, object{"x": short("x")}), "30 bytes instead of 32"},
		"a short y":         {publicJWK(t, jose.ES256, object{"y": short("y")}), "leading zeros"},
		"a short Ed25519":   {publicJWK(t, jose.EdDSA, object{"x": "AAAA"}), "3 bytes instead of 32"},
		"off the curve":     {publicJWK(t, jose.ES256, object{"x": members["y"]}), "no point"},
		"not base64url":     {publicJWK(t, jose.ES256, object{"x": "!"}), "base64url"},
		"a certificate":     {`{"kty":"EC","crv":"P-256","x5c":["MIIB"]}`, "x5c alone"},
		"no x":              {publicJWK(t, jose.EdDSA, object{"x": absent{}}), "no x"},
		"an odd kid":        {publicJWK(t, jose.ES256, object{"kid": 1}), "a kid"},
		"the same kid":      {publicJWK(t, jose.ES256, object{"kid": "good"}), "the kid of key 1"},
		"the same key":      {changed(asObject(t, good), object{"kid": "other"}), "the same as key 1"},
		"no object":         {`"key"`, "no JSON object"},
		"duplicate names":   {`{"kty":"EC","kty":"EC"}`, "duplicate names"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			keys, left, err := delegation.ParseKeys(setOf(good, test.key))
			is.NoErr(err)
			is.Equal(len(keys), 1)
			is.Equal(keys[0].Name, "good") // what is usable is taken
			is.Equal(len(left), 1)
			is.True(strings.HasPrefix(left[0].Error(), "key 2 "))
			is.True(strings.Contains(left[0].Error(), test.cause)) // and the cause of the other told
			if strings.HasPrefix(name, "the same") {
				return
			}
			_, _, err = delegation.ParseKeys(setOf(test.key))
			is.True(errors.Is(err, delegation.ErrKey)) // a set without a usable key is refused
			is.True(strings.Contains(err.Error(), test.cause))
		})
	}
}

func asObject(t *testing.T, text string) (members object) {
	t.Helper()
	is.New(t).NoErr(json.Unmarshal([]byte(text), &members))
	return members
}

// TestSetsRefused has what is no set, and keys that should not have left their owner.
func TestSetsRefused(t *testing.T) {
	good := publicJWK(t, jose.ES256, nil)
	var many []string
	for range 11 {
		many = append(many, publicJWK(t, jose.EdDSA, nil))
	}
	private, err := json.Marshal(jose.JSONWebKey{Key: privateKey(t, jose.EdDSA)})
	is.New(t).NoErr(err)
	rsa, err := json.Marshal(jose.JSONWebKey{Key: privateKey(t, jose.RS256), Use: "enc"})
	is.New(t).NoErr(err)
	for name, test := range map[string]struct {
		text  []byte
		cause string
	}{
		"nothing":         {nil, "empty"},
		"blanks":          {[]byte(" \n"), "empty"},
		"no keys":         {setOf(), "no keys"},
		"no set":          {[]byte("{}"), "no keys member"},
		"keys of a text":  {[]byte(`{"keys":"x"}`), "not a list"},
		"not JSON":        {[]byte("x"), "no valid JSON"},
		"half a set":      {setOf(good)[:40], "no valid JSON"},
		"PEM":             {[]byte("-----BEGIN PUBLIC KEY-----\nMFkw"), "PEM"},
		"a BOM":           {append([]byte("\xef\xbb\xbf"), setOf(good)...), "BOM"},
		"UTF-16":          {[]byte("\xff\xfe{\x00"), "UTF-16"},
		"one key":         {[]byte(good), "one key"},
		"a list":          {[]byte("[" + good + "]"), "a list"},
		"metadata":        {[]byte(`{"jwks_uri":"https://idp.example.com/jwks"}`), "jwks_uri"},
		"a URL":           {[]byte("https://idp.example.com/jwks"), "a URL"},
		"a page":          {[]byte("<!doctype html>"), "HTML"},
		"OpenSSH":         {[]byte("ssh-ed25519 AAAAC3Nz"), "OpenSSH"},
		"a private key":   {setOf(good, string(private)), "key 2 is private (it has d)"},
		"a private RSA":   {setOf(good, string(rsa)), "is private"},
		"a symmetric key": {setOf(`{"kty":"oct","k":"c2VjcmV0"}`, good), "key 1 is symmetric"},
		"too many":        {setOf(many...), "at most 10"},
		"an endless set":  {setOf(strings.Split(strings.Repeat(",{}", 101)[1:], ",")...), "at most 100"},
		"nothing usable":  {setOf(strings.Split(strings.Repeat(",{}", 9)[1:], ",")...), "and 4 more"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			keys, _, err := delegation.ParseKeys(test.text)
			is.True(errors.Is(err, delegation.ErrKey))
			is.True(strings.Contains(err.Error(), test.cause)) // the cause has a name
			is.True(!strings.Contains(err.Error(), "c2VjcmV0"))
			is.Equal(len(keys), 0) // nothing of it is taken
		})
	}
	t.Run("ten", func(t *testing.T) {
		keys, _, err := delegation.ParseKeys(setOf(many[:10]...))
		is.New(t).NoErr(err)
		is.New(t).Equal(len(keys), 10)
	})
	t.Run("one kid for two algorithms", func(t *testing.T) {
		is := is.New(t)
		keys, left, err := delegation.ParseKeys(setOf(publicJWK(t, jose.ES256, object{"kid": "k"}),
			publicJWK(t, jose.EdDSA, object{"kid": "k"})))
		is.NoErr(err)
		is.Equal(fmt.Sprint(len(keys), len(left)), "2 0") // RFC 7517 §4.5: equivalent alternatives
	})
}
