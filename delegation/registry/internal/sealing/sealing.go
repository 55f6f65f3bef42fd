// Package sealing makes signing keys, and seals their private parts with root keys.
package sealing

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
	"github.com/anteroom-go/anteroom/delegation/internal/keyseal"
)

// purpose names the keys that seal, one for each root key.
const purpose = "signing keys"

// Seal writes a private key under the present root key. The key id is bound to it, so that a row
// copied under another id does not open.
func Seal(roots delegation.RootKeys, kid string, private crypto.Signer) (string, error) {
	key, err := roots.Derive(purpose, 32)
	if err != nil {
		return "", err
	}
	return keyseal.Seal(key, kid, private)
}

// Open reads what [Seal] wrote under one of the root keys. Present reports whether that was the
// present one. It returns [keyseal.ErrMismatch] if none of them opens it.
func Open(roots delegation.RootKeys, kid, sealed string) (private crypto.Signer, present bool, err error) {
	keys, err := roots.DeriveAll(purpose, 32)
	if err != nil {
		return nil, false, err
	}
	for i, key := range keys {
		private, err := keyseal.Open(key, kid, sealed)
		if !errors.Is(err, keyseal.ErrMismatch) {
			return private, i == 0, err
		}
	}
	return nil, false, keyseal.ErrMismatch
}

// Generate makes a key whose id does not begin with a hyphen: operators give ids as arguments,
// where it would begin a flag.
func Generate(alg jose.SignatureAlgorithm) (crypto.Signer, delegation.Key, error) {
	for {
		private, err := jwk.Generate(alg)
		if err != nil {
			return nil, delegation.Key{}, fmt.Errorf("registry: generating a signing key: %w", err)
		}
		key, err := delegation.NewKey(private)
		if err != nil || key.ID[0] != '-' {
			return private, key, err
		}
	}
}
