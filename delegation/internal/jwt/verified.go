package jwt

import (
	"crypto"

	"github.com/go-jose/go-jose/v4"
)

// Verified returns the claims of a token that a key signed by an algorithm.
func Verified(token string, algorithm jose.SignatureAlgorithm, public crypto.PublicKey) (Claims, Fault) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return Claims{}, Malformed
	}
	payload, err := signed.Verify(public)
	if err != nil {
		return Claims{}, BadSignature
	}
	c, ok := ParseClaims(payload)
	if !ok {
		return Claims{}, BadClaims
	}
	return c, ""
}
