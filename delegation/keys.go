package delegation

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	strict "github.com/go-jose/go-jose/v4/json"
)

// Keys supplies the keys that sign and verify tokens. KeySet is called for
// every token and answers from memory: it neither waits for a database nor for
// the network, and returns the same pointer as long as nothing changed. An
// error means that there is no key to work with.
type Keys interface {
	KeySet(ctx context.Context) (*KeySet, error)
}

// ErrKey says that a key cannot be used: not one of P-256, Ed25519, or RSA with
// 2048 bits or more.
var ErrKey = errors.New("delegation: not an acceptable key")

// Key is one signing key, with or without its private part.
type Key struct {
	// ID is the RFC 7638 thumbprint (SHA-256, base64url) of the public part.
	ID string
	// Name is a kid that somebody else gave the key; empty for ours.
	Name string
	// Algorithm is the one JWS algorithm the key is used with.
	Algorithm jose.SignatureAlgorithm
	// Public verifies.
	Public crypto.PublicKey
	// private signs: a crypto.Signer or a jose.OpaqueSigner; nil if the key
	// only verifies.
	private any
}

// GenerateKey makes a new key for ES256, EdDSA or RS256.
func GenerateKey(alg jose.SignatureAlgorithm) (Key, error) {
	private, err := GeneratePrivateKey(alg)
	if err != nil {
		return Key{}, err
	}
	return NewKey(private)
}

// GeneratePrivateKey makes a private key that [NewKey] uses with the algorithm:
// ES256, EdDSA or RS256.
func GeneratePrivateKey(alg jose.SignatureAlgorithm) (private crypto.Signer, err error) {
	switch alg {
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case jose.RS256:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		err = fmt.Errorf("%w: algorithm %q", ErrKey, alg)
	}
	if err != nil {
		return nil, fmt.Errorf("generating a signing key: %w", err)
	}
	return private, nil
}

// NewKey wraps a private key. The algorithm follows from its type: ES256 for
// ECDSA P-256, EdDSA for Ed25519, RS256 for RSA.
func NewKey(private crypto.Signer) (Key, error) {
	key, err := NewPublicKey(private.Public())
	key.private = private
	return key, err
}

// NewOpaqueKey wraps a key that signs elsewhere, such as in a KMS. The signer
// must offer the algorithm that follows from the type of its public key.
func NewOpaqueKey(signer jose.OpaqueSigner) (Key, error) {
	public := signer.Public()
	if public == nil {
		return Key{}, fmt.Errorf("%w: the signer has no public key", ErrKey)
	}
	key, err := NewPublicKey(public.Key)
	key.private = signer
	return key, err
}

// NewPublicKey wraps a key that only verifies.
func NewPublicKey(public crypto.PublicKey) (Key, error) {
	alg, ok := algorithm(public)
	if !ok {
		return Key{}, ErrKey
	}
	jwk := jose.JSONWebKey{Key: public}
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return Key{ID: base64.RawURLEncoding.EncodeToString(thumbprint), Algorithm: alg, Public: public}, nil
}

// ParseKeys reads the public keys of an application from a JWK set (RFC 7517
// §5): at most ten, for ES256 or EdDSA, no private or symmetric one, and no two
// of the same name. [ErrKey].
func ParseKeys(jwks []byte) ([]Key, error) {
	var set jose.JSONWebKeySet
	if err := strict.Unmarshal(jwks, &set); err != nil {
		return nil, fmt.Errorf("%w: not a JWK set", ErrKey)
	}
	if len(set.Keys) == 0 || len(set.Keys) > 10 {
		return nil, fmt.Errorf("%w: a set has one to ten keys", ErrKey)
	}
	keys, seen := make([]Key, len(set.Keys)), map[string]bool{}
	for i, jwk := range set.Keys {
		key, err := NewPublicKey(jwk.Key)
		if err != nil || key.Algorithm == jose.RS256 || jwk.Algorithm != "" && jwk.Algorithm != string(key.Algorithm) || jwk.Use != "" && jwk.Use != "sig" {
			return nil, fmt.Errorf("%w: key %d is not a public key for ES256 or EdDSA signatures", ErrKey, i+1)
		}
		if seen[key.ID] || jwk.KeyID != "" && seen[jwk.KeyID] {
			return nil, fmt.Errorf("%w: key %d is there twice, or another key has its kid", ErrKey, i+1)
		}
		seen[key.ID], seen[jwk.KeyID] = true, true
		key.Name = jwk.KeyID
		keys[i] = key
	}
	return keys, nil
}

// FormatKeys writes public keys as the JWK set that [ParseKeys] reads.
func FormatKeys(keys []Key) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: make([]jose.JSONWebKey, len(keys))}
	for i, key := range keys {
		set.Keys[i] = jose.JSONWebKey{Key: key.Public, KeyID: key.Name, Algorithm: string(key.Algorithm), Use: "sig"}
	}
	return json.Marshal(set)
}

// algorithm returns the one algorithm for a public key (RFC 8725 §3.1).
func algorithm(public crypto.PublicKey) (jose.SignatureAlgorithm, bool) {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		return jose.ES256, k.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return jose.EdDSA, len(k) == ed25519.PublicKeySize
	case *rsa.PublicKey:
		return jose.RS256, k.N != nil && k.N.BitLen() >= 2048 && k.E >= 3 && k.E%2 == 1
	}
	return "", false
}

// KeySet is an immutable set of keys: one signs, all verify and are published.
// It is itself a [Keys] that never changes.
type KeySet struct {
	signing Key
	signer  jose.Signer
	byID    map[string]Key
	jwks    []byte
}

// NewKeySet returns the set of the signing key and the others. The signing key
// needs its private part.
func NewKeySet(signing Key, others ...Key) (*KeySet, error) {
	if signing.private == nil {
		return nil, fmt.Errorf("%w: the signing key has no private part", ErrKey)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: signing.Algorithm, Key: jose.JSONWebKey{Key: signing.private, KeyID: signing.ID}},
		(&jose.SignerOptions{}).WithType(tokenType))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	set := &KeySet{signing: signing, signer: signer, byID: map[string]Key{}}
	return set, set.publish(append([]Key{signing}, others...))
}

// publish fills the index and the document of the public keys.
func (s *KeySet) publish(keys []Key) (err error) {
	document := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range keys {
		if _, known := s.byID[key.ID]; known {
			continue
		}
		key.private = nil
		s.byID[key.ID] = key
		document.Keys = append(document.Keys, jose.JSONWebKey{
			Key: key.Public, KeyID: key.ID, Algorithm: string(key.Algorithm), Use: "sig"})
	}
	s.jwks, err = json.Marshal(document)
	return err
}

// KeySet returns the set itself.
func (s *KeySet) KeySet(context.Context) (*KeySet, error) { return s, nil }

// SigningKeyID returns the id of the key that signs.
func (s *KeySet) SigningKeyID() string { return s.signing.ID }

// JWKS returns the JSON document of the public keys (RFC 7517 §5). It holds no
// private part. The caller must not change it.
func (s *KeySet) JWKS() []byte { return s.jwks }
