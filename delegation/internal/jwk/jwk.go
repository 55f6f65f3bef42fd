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

	"github.com/go-jose/go-jose/v4"
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
