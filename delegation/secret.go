package delegation

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"

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
