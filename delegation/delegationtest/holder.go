package delegationtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Holder holds a key to which tokens are bound, and makes proofs of that (RFC 9449),
// good ones and others. It panics on what only a wrong test can do.
type Holder struct{ private crypto.Signer }

// NewHolder returns the holder of a private key on P-256 or Ed25519.
func NewHolder(private crypto.Signer) *Holder { return &Holder{private} }

// Thumbprint returns that of the key (RFC 7638), as cnf.jkt has it.
func (h *Holder) Thumbprint() string {
	key := jose.JSONWebKey{Key: h.private.Public()}
	return base64.RawURLEncoding.EncodeToString(must(key.Thumbprint(crypto.SHA256)))
}

// Header returns the header of its proofs.
func (h *Holder) Header() map[string]any {
	alg := "ES256"
	if _, ok := h.private.(ed25519.PrivateKey); ok {
		alg = "EdDSA"
	}
	return map[string]any{"typ": "dpop+jwt", "alg": alg, "jwk": jose.JSONWebKey{Key: h.private.Public()}}
}

// Claims returns the claims of a proof for a request, made at a time. The access token
// and the nonce are left out if they are empty.
func (h *Holder) Claims(method, url, accessToken, nonce string, at time.Time) map[string]any {
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": url, "iat": at.Unix()}
	if accessToken != "" {
		sum := sha256.Sum256([]byte(accessToken))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return claims
}

// Proof returns a good proof for a request.
func (h *Holder) Proof(method, url, accessToken, nonce string, at time.Time) string {
	return h.Sign(h.Header(), h.Claims(method, url, accessToken, nonce, at))
}

// Sign returns a JWS of any header and claims, signed with the key.
func (h *Holder) Sign(header, claims any) string {
	return h.SignText(string(must(json.Marshal(header))), string(must(json.Marshal(claims))))
}

// SignText returns a JWS of texts that need not be JSON.
func (h *Holder) SignText(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode([]byte(payload))
	if private, ok := h.private.(*ecdsa.PrivateKey); ok {
		digest := sha256.Sum256([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
		must(0, err)
		return signed + "." + encode(append(fixed(r), fixed(s)...))
	}
	return signed + "." + encode(must(h.private.Sign(rand.Reader, []byte(signed), crypto.Hash(0))))
}

// fixed returns a number in 32 bytes (RFC 7518 §3.4).
func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }
