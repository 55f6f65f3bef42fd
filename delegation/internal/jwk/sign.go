package jwk

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Sign signs a text, and returns the signature as a JWS has it.
type Sign func(text []byte) ([]byte, error)

// errSigner means that a key does not sign by its algorithm.
var errSigner = errors.New("the key does not sign by its algorithm")

// Signing returns how a private key signs by its algorithm: ES256 (RFC 7518 §3.4), RS256 (§3.3)
// or EdDSA with Ed25519 (RFC 8037 §3.1). A [jose.OpaqueSigner] signs elsewhere. It returns an
// error for a key that cannot.
func Signing(algorithm jose.SignatureAlgorithm, private any) (Sign, error) {
	switch key := private.(type) {
	case *ecdsa.PrivateKey:
		return func(text []byte) ([]byte, error) { return signES256(key, text) }, nil
	case *rsa.PrivateKey:
		return func(text []byte) ([]byte, error) {
			digest := sha256.Sum256(text)
			return rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		}, nil
	case ed25519.PrivateKey:
		return func(text []byte) ([]byte, error) { return ed25519.Sign(key, text), nil }, nil
	case jose.OpaqueSigner:
		if slices.Contains(key.Algs(), algorithm) {
			return func(text []byte) ([]byte, error) { return key.SignPayload(text, algorithm) }, nil
		}
	}
	return nil, errSigner
}

// signES256 returns r and s, 32 bytes each.
func signES256(key *ecdsa.PrivateKey, text []byte) ([]byte, error) {
	digest := sha256.Sum256(text)
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return nil, fmt.Errorf("signing by ES256: %w", err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signature, nil
}
