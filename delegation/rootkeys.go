package delegation

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/anteroom-go/anteroom/delegation/internal/rootkey"
)

// ErrRootKeys means that a text does not consist of root keys. It never repeats the text.
var ErrRootKeys = errors.New("delegation: a root key is 32 bytes, written in base64 or as 64 hexadecimal digits")

// RootKeys are the secrets of a deployment: the present root key, and those that it replaced. Each
// is 32 random bytes from which other keys are derived (HKDF-SHA-256, RFC 5869). The present one
// seals and stores; all of them open and compare. All replicas share them. The zero RootKeys are
// refused wherever some are needed. They redact themselves when printed, logged or marshalled.
type RootKeys struct {
	ring *keyRing // two pointers: package fmt follows one
}

type keyRing struct {
	keys []*rootkey.Key // the present one first
}

// NewRootKeys draws a present root key.
func NewRootKeys() RootKeys {
	var bits [rootkey.Size]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	key, err := rootkey.New(bits)
	if err != nil {
		panic(err) // HKDF fails for lengths alone that are not asked for here
	}
	return RootKeys{&keyRing{[]*rootkey.Key{key}}}
}

// ParseRootKeys reads root keys that are separated by white space or commas: the present one first,
// then those that it replaced. Each is 32 bytes in base64 (either alphabet, with or without
// padding) or hexadecimal. It returns [ErrRootKeys] for every other text.
func ParseRootKeys(text string) (RootKeys, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if len(words) == 0 {
		return RootKeys{}, ErrRootKeys
	}
	ring := &keyRing{make([]*rootkey.Key, len(words))}
	for i, word := range words {
		bits, ok := rootkey.Decode(word)
		if !ok {
			return RootKeys{}, ErrRootKeys
		}
		var err error
		if ring.keys[i], err = rootkey.New(bits); err != nil {
			return RootKeys{}, fmt.Errorf("delegation: deriving from a root key: %w", err)
		}
	}
	return RootKeys{ring}, nil
}

// IsZero reports whether there is no root key.
func (k RootKeys) IsZero() bool { return k.ring == nil }

// Encode returns the root keys in base64, the present one first, as [ParseRootKeys] reads them: a
// secret.
func (k RootKeys) Encode() Secret {
	if k.IsZero() {
		return ""
	}
	words := make([]string, len(k.ring.keys))
	for i, key := range k.ring.keys {
		words[i] = key.Encode()
	}
	return Secret(strings.Join(words, "\n"))
}

// ID tells present root keys apart: eight hexadecimal digits that are no secret. It is empty for
// the zero RootKeys.
func (k RootKeys) ID() string {
	id, err := k.Derive("id", 4)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(id)
}

// Derive returns length bytes from the present root key for one purpose, different for each. Length
// is at most 8160 (RFC 5869 §2.3). It returns [ErrRootKeys] for the zero RootKeys.
func (k RootKeys) Derive(purpose string, length int) ([]byte, error) {
	all, err := k.DeriveAll(purpose, length)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// DeriveAll returns what [RootKeys.Derive] returns for every root key, the present one first: what
// was made under a former one can still be opened.
func (k RootKeys) DeriveAll(purpose string, length int) ([][]byte, error) {
	if k.IsZero() {
		return nil, ErrRootKeys
	}
	all := make([][]byte, len(k.ring.keys))
	for i, key := range k.ring.keys {
		derived, err := key.Derive(purpose, length)
		if err != nil {
			return nil, fmt.Errorf("delegation: deriving the key for %s: %w", purpose, err)
		}
		all[i] = derived
	}
	return all, nil
}

// MAC returns the 32 bytes that are stored of a client secret: HMAC-SHA-256 under the present root
// key over the client id and the secret, which contains its own id. A row copied to another
// application or another secret id matches nothing there. It returns nil, which matches nothing,
// for the zero RootKeys.
func (k RootKeys) MAC(clientID string, secret Secret) []byte {
	if k.IsZero() {
		return nil
	}
	return k.ring.keys[0].MAC(clientID, string(secret))
}

// Matches compares a secret with what is stored of one, in constant time and with the same work
// whatever is stored. Match reports whether one of the root keys made the MAC of this client id and
// secret, and present whether that was the present one.
func (k RootKeys) Matches(clientID string, secret Secret, mac []byte) (present, match bool) {
	usable := len(mac) == sha256.Size
	if !usable {
		mac = make([]byte, sha256.Size)
	}
	if k.IsZero() {
		return false, false
	}
	for i, key := range k.ring.keys {
		if subtle.ConstantTimeCompare(key.MAC(clientID, string(secret)), mac) == 1 && usable {
			present, match = present || i == 0, true
		}
	}
	return present, match
}

// Format writes a fixed text for every verb.
func (RootKeys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText keeps root keys out of JSON, logs and the like.
func (RootKeys) MarshalText() ([]byte, error) { return []byte(redacted), nil }
