package delegation

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
)

// ErrRootKey says that a text is not a root key. It never repeats the text.
var ErrRootKey = errors.New("delegation: a root key is 32 bytes, written in base64 or as 64 hexadecimal digits")

// RootKey is the one secret of a deployment: 32 random bytes from which every
// other key is derived (HKDF-SHA-256, RFC 5869). All replicas share it. The
// zero RootKey is refused wherever one is needed. It redacts itself when
// printed or logged.
type RootKey struct {
	bytes [32]byte
}

// NewRootKey draws a root key.
func NewRootKey() RootKey {
	var k RootKey
	_, _ = rand.Read(k.bytes[:]) // never fails: crypto/rand ends the program instead
	return k
}

// ParseRootKey reads 32 bytes from base64 (either alphabet, with or without
// padding) or hexadecimal; surrounding white space is ignored.
func ParseRootKey(text string) (RootKey, error) {
	text = strings.TrimSpace(text)
	decoded, err := hex.DecodeString(text)
	if err != nil || len(decoded) != 32 {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		decoded, err = base64.RawStdEncoding.DecodeString(text)
	}
	if err != nil || len(decoded) != 32 {
		return RootKey{}, ErrRootKey
	}
	k := RootKey{bytes: [32]byte(decoded)}
	if k.IsZero() {
		return RootKey{}, ErrRootKey
	}
	return k, nil
}

// IsZero reports whether no root key was given.
func (k RootKey) IsZero() bool { return k == RootKey{} }

// Encode returns the key in base64: a secret.
func (k RootKey) Encode() Secret {
	return Secret(base64.StdEncoding.EncodeToString(k.bytes[:]))
}

// Derive returns length bytes for one purpose, different for each. Length is at
// most 8160 (RFC 5869 §2.3).
func (k RootKey) Derive(purpose string, length int) ([]byte, error) {
	if k.IsZero() {
		return nil, ErrRootKey
	}
	derived, err := hkdf.Expand(sha256.New, k.bytes[:], "anteroom "+purpose, length)
	if err != nil {
		return nil, fmt.Errorf("deriving the key for %s: %w", purpose, err)
	}
	return derived, nil
}

// ID tells root keys apart: eight hexadecimal digits that are no secret.
func (k RootKey) ID() (string, error) {
	id, err := k.Derive("id", 4)
	return hex.EncodeToString(id), err
}

// ParseRootKeys reads root keys that are separated by white space or commas: the
// present one first, then those that it replaced.
func ParseRootKeys(text string) (present RootKey, former []RootKey, err error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if len(words) == 0 {
		return RootKey{}, nil, ErrRootKey
	}
	keys := make([]RootKey, len(words))
	for i, word := range words {
		if keys[i], err = ParseRootKey(word); err != nil {
			return RootKey{}, nil, err
		}
	}
	return keys[0], keys[1:], nil
}

// Pepper returns the pepper of the client secrets.
func (k RootKey) Pepper() (Pepper, error) {
	key, err := k.Derive("client secrets", 32)
	return Pepper{key: key}, err
}

func (RootKey) String() string       { return redacted }
func (RootKey) GoString() string     { return redacted }
func (RootKey) LogValue() slog.Value { return slog.StringValue(redacted) }
