// Package jwk decides which keys are acceptable, and for which algorithm.
package jwk

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // strict: no name twice, none in another case
)

// Algorithm returns the one algorithm for a public key (RFC 8725 §3.1): ES256
// for P-256, EdDSA for Ed25519, RS256 for RSA with 2048 bits or more. It returns
// "" for every other key.
func Algorithm(public crypto.PublicKey) jose.SignatureAlgorithm {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if k != nil && k.Curve == elliptic.P256() {
			return jose.ES256
		}
	case ed25519.PublicKey:
		if len(k) == ed25519.PublicKeySize {
			return jose.EdDSA
		}
	case *rsa.PublicKey:
		if k != nil && k.N != nil && k.N.BitLen() >= 2048 && k.E >= 3 && k.E%2 == 1 {
			return jose.RS256
		}
	}
	return ""
}

// Generate makes a private key for an algorithm. It returns nil for one that is
// not among the three.
func Generate(alg jose.SignatureAlgorithm) (private crypto.Signer, err error) {
	switch alg {
	case jose.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
		return private, err
	case jose.RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return nil, nil
}

// Thumbprint returns the RFC 7638 thumbprint of a public key (SHA-256,
// base64url).
func Thumbprint(public crypto.PublicKey) (string, error) {
	key := jose.JSONWebKey{Key: public}
	sum, err := key.Thumbprint(crypto.SHA256)
	return base64.RawURLEncoding.EncodeToString(sum), err
}

// maxKeys bounds the keys of a set.
const maxKeys = 10

// ParseSet reads a JWK set (RFC 7517 §5): one to ten public keys for ES256 or
// EdDSA, no two of them the same or with the same kid.
func ParseSet(text []byte) ([]jose.JSONWebKey, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("not a JWK set")
	}
	if len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("a set has one to %d keys", maxKeys)
	}
	seen := map[string]bool{}
	for i, key := range set.Keys {
		id, err := Thumbprint(key.Key)
		if err != nil || !verifies(key) {
			return nil, fmt.Errorf("key %d is not a public key for ES256 or EdDSA signatures", i+1)
		}
		if seen[id] || key.KeyID != "" && seen[key.KeyID] {
			return nil, fmt.Errorf("key %d is there twice, or another key has its kid", i+1)
		}
		seen[id], seen[key.KeyID] = true, true
	}
	return set.Keys, nil
}

// verifies reports whether a key of a set is a bare public key for signatures.
// One that can sign is private.
func verifies(key jose.JSONWebKey) bool {
	alg := Algorithm(key.Key)
	return (alg == jose.ES256 || alg == jose.EdDSA) &&
		(key.Algorithm == "" || key.Algorithm == string(alg)) && (key.Use == "" || key.Use == "sig")
}
