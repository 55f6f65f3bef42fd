package delegation

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/anteroom-go/anteroom/delegation/internal/rootkey"
	"github.com/anteroom-go/anteroom/delegation/internal/secretform"
)

// ErrSecretFormat means that a text is not a client secret made here: its shape or its checksum is wrong.
var ErrSecretFormat = errors.New("delegation: not a client secret")

// Secret is a text that must not be seen: a client secret or a token. It redacts itself wherever it is printed, logged
// or marshalled; convert it to a string to use it.
type Secret string

const redacted = "[redacted]"

// String returns a fixed text.
func (Secret) String() string { return redacted }

// LogValue keeps secrets out of logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps secrets out of JSON and the like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format writes a fixed text for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// NewSecret draws a client secret: a public id of 10 base62 characters, 256 random bits, and a checksum over both.
func NewSecret() Secret {
	var bits [secretform.Bytes]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	return Secret(secretform.Encode(bits))
}

// ID returns the public id of a client secret, which selects its row. It returns [ErrSecretFormat], before anything is
// looked up, for a text that was not made here.
func (s Secret) ID() (string, error) {
	id, ok := secretform.ID(string(s))
	if !ok {
		return "", ErrSecretFormat
	}
	return id, nil
}

// ErrRootKeys means that a text does not consist of root keys. It never repeats the text.
var ErrRootKeys = errors.New("delegation: a root key is 32 bytes, written in base64 or as 64 hexadecimal digits")

// RootKeys are the secrets of a deployment: the present root key, and those that it replaced. Each is 32 random bytes
// from which other keys are derived (HKDF-SHA-256, RFC 5869). The present one seals and stores; all of them open and
// compare. All replicas share them. The zero RootKeys are refused wherever some are needed. They redact themselves
// when printed, logged or marshalled.
type RootKeys struct {
	ring *ring // two pointers: package fmt follows one
}

type ring struct{ *rootkey.Ring }

// NewRootKeys draws a present root key.
func NewRootKeys() RootKeys {
	var bits [rootkey.Size]byte
	_, _ = rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	keys, err := rootkey.NewRing(bits)
	if err != nil {
		panic(err) // HKDF fails for lengths alone that are not asked for here
	}
	return RootKeys{&ring{keys}}
}

// ParseRootKeys reads root keys that are separated by white space or commas: the present one first, then those that
// it replaced. Each is 32 bytes in base64 (either alphabet, with or without padding) or hexadecimal. It returns
// [ErrRootKeys] for every other text.
func ParseRootKeys(text string) (RootKeys, error) {
	keys, ok, err := rootkey.Parse(text)
	if err != nil {
		return RootKeys{}, fmt.Errorf("delegation: %w", err)
	}
	if !ok {
		return RootKeys{}, ErrRootKeys
	}
	return RootKeys{&ring{keys}}, nil
}

// IsZero reports whether there is no root key.
func (k RootKeys) IsZero() bool { return k.ring == nil }

// Encode returns the root keys in base64, the present one first, as [ParseRootKeys] reads them: a secret.
func (k RootKeys) Encode() Secret {
	if k.IsZero() {
		return ""
	}
	return Secret(k.ring.Encode())
}

// ID tells present root keys apart: eight hexadecimal digits that are no secret. It is empty for the zero RootKeys.
func (k RootKeys) ID() string {
	id, err := k.Derive("id", 4)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(id)
}

// Derive returns length bytes from the present root key for one purpose, different for each. Length is at most 8160
// (RFC 5869 §2.3). It returns [ErrRootKeys] for the zero RootKeys.
func (k RootKeys) Derive(purpose string, length int) ([]byte, error) {
	all, err := k.DeriveAll(purpose, length)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// DeriveAll returns what [RootKeys.Derive] returns for every root key, the present one first: what was made under a
// former one can still be opened.
func (k RootKeys) DeriveAll(purpose string, length int) ([][]byte, error) {
	if k.IsZero() {
		return nil, ErrRootKeys
	}
	all, err := k.ring.DeriveAll(purpose, length)
	if err != nil {
		return nil, fmt.Errorf("delegation: %w", err)
	}
	return all, nil
}

// MAC returns the 32 bytes that are stored of a client secret: HMAC-SHA-256 under the present root key over the
// client id and the secret, which contains its own id. A row copied to another application or another secret id
// matches nothing there. It returns nil, which matches nothing, for the zero RootKeys.
func (k RootKeys) MAC(clientID string, secret Secret) []byte {
	if k.IsZero() {
		return nil
	}
	return k.ring.MAC(clientID, string(secret))
}

// Matches compares a secret with what is stored of one, in constant time and with the same work whatever is stored.
// Match reports whether one of the root keys made the MAC of this client id and secret, and present whether that was
// the present one.
func (k RootKeys) Matches(clientID string, secret Secret, mac []byte) (present, match bool) {
	if k.IsZero() {
		return false, false
	}
	return k.ring.Matches(clientID, string(secret), mac)
}

// Format writes a fixed text for every verb.
func (RootKeys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText keeps root keys out of JSON, logs and the like.
func (RootKeys) MarshalText() ([]byte, error) { return []byte(redacted), nil }
