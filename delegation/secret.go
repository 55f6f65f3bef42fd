package delegation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"strings"
)

// ErrSecretFormat says that a text is no client secret of ours: wrong shape or
// wrong checksum.
var ErrSecretFormat = errors.New("delegation: not a client secret")

// The parts of a client secret, arsk_<id>_<random><checksum>.
const (
	secretPrefix   = "arsk_"
	secretIDLength = 10
	secretRandom   = 43 // base62 digits that hold 256 bits
	secretChecksum = 6  // base62 digits that hold a CRC-32
	secretLength   = len(secretPrefix) + secretIDLength + 1 + secretRandom + secretChecksum
)

// Secret is a text that must not be seen: a client secret or a token. It
// redacts itself wherever it is printed, logged or marshalled; convert it to a
// string to use it.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format redacts the secret for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// NewSecret draws a client secret from random, which is crypto/rand.Reader
// everywhere but in tests and demonstrations: a public id of 10 base62
// characters, 256 random bits, and a checksum over both.
func NewSecret(random io.Reader) (Secret, error) {
	id, err := randomBase62(random, secretIDLength)
	if err != nil {
		return "", err
	}
	var bits [32]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("drawing a secret: %w", err)
	}
	body := secretPrefix + id + "_" + base62(bits[:], secretRandom)
	return Secret(body + checksum(body)), nil
}

// ID returns the public id of a client secret, which selects its row. A text
// that we did not generate is refused by shape and checksum with
// [ErrSecretFormat], before anything is looked up.
func (s Secret) ID() (string, error) {
	text := string(s)
	if len(text) != secretLength || !strings.HasPrefix(text, secretPrefix) {
		return "", ErrSecretFormat
	}
	body, sum := text[:secretLength-secretChecksum], text[secretLength-secretChecksum:]
	id, random := body[len(secretPrefix):len(secretPrefix)+secretIDLength], body[len(body)-secretRandom:]
	if body[len(secretPrefix)+secretIDLength] != '_' || !isBase62(id+random) || checksum(body) != sum {
		return "", ErrSecretFormat
	}
	return id, nil
}

// checksum is the CRC-32 (IEEE) of the text in base62: it finds typing errors
// and garbage, it protects nothing.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return base62(binary.BigEndian.AppendUint32(nil, sum), secretChecksum)
}

// NewClientID draws a client id, app_ and 22 base62 characters, from random.
func NewClientID(random io.Reader) (string, error) {
	id, err := randomBase62(random, 22)
	if err != nil {
		return "", err
	}
	return "app_" + id, nil
}

// Pepper computes what is stored of client secrets. It comes from the
// [RootKey], so that a stolen database does not suffice to test guesses.
type Pepper struct {
	key []byte
}

// MAC returns the 32 bytes that are stored of a client secret: HMAC-SHA-256
// over the client id and the secret, which contains its own id. A row copied
// to another application or another secret id matches nothing there.
func (p Pepper) MAC(clientID string, secret Secret) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(clientID))))
	mac.Write([]byte(clientID))
	mac.Write([]byte(secret))
	return mac.Sum(nil)
}
