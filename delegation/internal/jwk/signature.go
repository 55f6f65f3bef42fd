package jwk

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"math/big"
)

// Verifies reports whether a signature over a text is one of the key, for ES256
// (RFC 7518 §3.4) or EdDSA with Ed25519 (RFC 8037 §3.1). Nothing of the header of
// the text takes part: go-jose would parse members that have no meaning here, such
// as x5c.
func Verifies(public crypto.PublicKey, text, signature []byte) bool {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		if len(signature) != 64 || Algorithm(key) == "" {
			return false
		}
		digest := sha256.Sum256(text)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	case ed25519.PublicKey:
		return Algorithm(key) != "" && ed25519.Verify(key, text, signature)
	}
	return false
}
