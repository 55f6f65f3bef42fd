package delegation

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
)

// Keys supplies the keys that sign and verify tokens. The conformance suite is delegationtest.Keys.
type Keys interface {
	// KeySet returns the present keys. It is called for every token and answers from memory, unless what is there has
	// become too old to be relied on. It returns the same pointer as long as nothing changed. An error means that there
	// is no key to work with: nothing is signed and nothing is verified.
	KeySet(ctx context.Context) (*KeySet, error)
}

// ErrKey means that a key cannot be used: it is not one of P-256, Ed25519, or RSA with 2048 bits or more.
var ErrKey = errors.New("delegation: not an acceptable key")

// Key is one key, with or without its private part. It is marshalled to JSON as a public JWK (RFC 7517), and printed
// without its private part.
type Key struct {
	// ID is the RFC 7638 thumbprint (SHA-256, base64url) of the public part.
	ID string
	// Name is the kid under which an application uses the key; empty if that is the ID.
	Name string
	// Algorithm is the one JWS algorithm the key is used with.
	Algorithm jose.SignatureAlgorithm
	// Public verifies.
	Public crypto.PublicKey

	private privateKey // nil if the key only verifies
}

// privateKey returns a crypto.Signer or a jose.OpaqueSigner. Package fmt does not look into a function.
type privateKey func() any

// GenerateKey makes a new key for ES256, EdDSA or RS256. It returns [ErrKey] for another algorithm.
func GenerateKey(alg jose.SignatureAlgorithm) (Key, error) {
	private, err := jwk.Generate(alg)
	if err != nil {
		return Key{}, fmt.Errorf("delegation: generating a key: %w", err)
	}
	if private == nil {
		return Key{}, fmt.Errorf("%w: algorithm %q", ErrKey, alg)
	}
	return NewKey(private)
}

// NewKey wraps a key: a crypto.Signer holds its private part, a jose.OpaqueSigner signs elsewhere, such as in a KMS,
// and an *ecdsa.PublicKey, an ed25519.PublicKey or an *rsa.PublicKey only verifies. The algorithm follows from the
// public part: ES256 for P-256, EdDSA for Ed25519, RS256 for RSA. It returns [ErrKey] for everything else.
func NewKey(key any) (Key, error) {
	switch k := key.(type) {
	case crypto.Signer:
		return newSigningKey(k.Public(), k)
	case jose.OpaqueSigner:
		public := k.Public()
		if public == nil {
			return Key{}, fmt.Errorf("%w: the signer has no public key", ErrKey)
		}
		return newSigningKey(public.Key, k)
	}
	return newPublicKey(key)
}

func newSigningKey(public crypto.PublicKey, signer any) (Key, error) {
	key, err := newPublicKey(public)
	if err != nil {
		return Key{}, err
	}
	jwk.Prepare(signer)
	key.private = func() any { return signer }
	return key, nil
}

func newPublicKey(public crypto.PublicKey) (Key, error) {
	alg := jwk.Algorithm(public)
	if alg == "" {
		return Key{}, ErrKey
	}
	thumbprint, err := jwk.Thumbprint(public)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return Key{ID: thumbprint, Algorithm: alg, Public: public}, nil
}

// MarshalJSON returns the public part as a JWK. Its kid is the Name or, without one, the ID.
func (k Key) MarshalJSON() ([]byte, error) {
	public := jose.JSONWebKey{Key: k.Public, KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig"}
	if k.Name != "" {
		public.KeyID = k.Name
	}
	return public.MarshalJSON()
}

// ParseKeys reads the public keys of an application from a JWK set (RFC 7517 §5): those for ES256 and EdDSA
// signatures, one to ten. Left has one error for each of the others, which other programs use or which are not well
// formed. It returns [ErrKey], with the cause, for a set without a usable key, for one with a private or a symmetric
// key, and for a text that is no set.
func ParseKeys(jwks []byte) (keys []Key, left []error, err error) {
	set, left, err := jwk.ParseSet(jwks)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	keys = make([]Key, len(set))
	for i, one := range set {
		if keys[i], err = newPublicKey(one.Public); err != nil {
			return nil, nil, err
		}
		if one.KeyID != keys[i].ID {
			keys[i].Name = one.KeyID
		}
	}
	return keys, left, nil
}

// KeySet is an immutable set of keys: one signs, all verify and are published. It implements [Keys] and never
// changes.
type KeySet struct {
	signing Key
	signer  jose.Signer
	byID    map[string]Key
	jwks    []byte
}

// NewKeySet returns the set of the signing key and the others. It returns [ErrKey] if the signing key has no private
// part.
func NewKeySet(signing Key, others ...Key) (*KeySet, error) {
	if signing.private == nil {
		return nil, fmt.Errorf("%w: the signing key has no private part", ErrKey)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: signing.Algorithm,
		Key: jose.JSONWebKey{Key: signing.private(), KeyID: signing.ID}},
		(&jose.SignerOptions{}).WithType(jwt.TokenType))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	set := &KeySet{signing: signing, signer: signer, byID: map[string]Key{}}
	if err := set.publish(append([]Key{signing}, others...)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return set, nil
}

// publish fills the index and the document of the public keys.
func (s *KeySet) publish(keys []Key) (err error) {
	published := []Key{}
	for _, key := range keys {
		if _, known := s.byID[key.ID]; known {
			continue
		}
		key.private, key.Name = nil, ""
		s.byID[key.ID] = key
		published = append(published, key)
	}
	s.jwks, err = json.Marshal(map[string][]Key{"keys": published})
	return err
}

// sign returns the token with a payload.
func (s *KeySet) sign(payload []byte) (string, error) {
	signed, err := s.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// KeySet implements [Keys]: it returns the set itself.
func (s *KeySet) KeySet(context.Context) (*KeySet, error) { return s, nil }

// SigningKeyID returns the id of the key that signs.
func (s *KeySet) SigningKeyID() string { return s.signing.ID }

// JWKS returns the JSON document of the public keys (RFC 7517 §5). It holds no private part. The caller must not
// change it.
func (s *KeySet) JWKS() []byte { return s.jwks }
