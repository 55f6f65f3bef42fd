// Package secretform writes and reads the form of client secrets,
// arsk_<id>_<random><checksum>.
package secretform

import (
	"encoding/binary"
	"hash/crc32"
	"math/big"
	"strings"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
)

// Prefix begins every client secret.
const Prefix = "arsk_"

// Bytes is how many bytes a secret is made of: those of the id, and 256 bits.
const Bytes = idBytes + 32

const (
	idBytes  = 7  // what idLength base62 digits hold
	idLength = 10 // base62 digits
	random   = 43 // base62 digits that hold 256 bits
	sumCRC   = 6  // base62 digits that hold a CRC-32
	length   = len(Prefix) + idLength + 1 + random + sumCRC
)

// Encode writes that many bytes as a client secret.
func Encode(bits [Bytes]byte) string {
	body := Prefix + base62(bits[:idBytes], idLength) + "_" + base62(bits[idBytes:], random)
	return body + checksum(body)
}

// ID returns the id in a client secret. Ok is false for a text of another form,
// or with a wrong checksum.
func ID(text string) (id string, ok bool) {
	if len(text) != length || !strings.HasPrefix(text, Prefix) {
		return "", false
	}
	body, sum := text[:length-sumCRC], text[length-sumCRC:]
	id, rest := body[len(Prefix):len(Prefix)+idLength], body[len(body)-random:]
	if body[len(Prefix)+idLength] != '_' || !isBase62(id+rest) || checksum(body) != sum {
		return "", false
	}
	return id, true
}

// MaxLength is the length of the longest client id or secret that is acceptable.
const MaxLength = 255

// Sendable reports whether s consists of what RFC 6749 appendix A allows in client
// ids and secrets, whoever made them (printable ASCII), and is no longer than MaxLength.
func Sendable(s string) bool {
	return len(s) <= MaxLength && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// checksum is the CRC-32 (IEEE) of the text in base62: it finds typing errors
// and garbage, it protects nothing.
func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return base62(binary.BigEndian.AppendUint32(nil, sum), sumCRC)
}

// base62 writes a big-endian number with a fixed count of digits.
func base62(number []byte, digits int) string {
	text := new(big.Int).SetBytes(number).Text(62)
	return strings.Repeat("0", max(0, digits-len(text))) + text
}

func isBase62(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !address.Alphanumeric(r) }) < 0
}
