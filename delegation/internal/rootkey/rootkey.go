// Package rootkey derives keys and MACs from one root key.
package rootkey

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Size is the length of a root key in bytes.
const Size = 32

// Key is a root key with the pepper of client secrets, which follows from it.
type Key struct {
	bytes  [Size]byte
	pepper []byte
}

// New returns the root key with these bytes.
func New(bytes [Size]byte) (*Key, error) {
	key := &Key{bytes: bytes}
	pepper, err := key.Derive("client secrets", Size)
	if err != nil {
		return nil, err
	}
	key.pepper = pepper
	return key, nil
}

// Decode reads 32 bytes, which are not all zero, from hexadecimal or from either
// alphabet of base64 with or without padding.
func Decode(word string) (bytes [Size]byte, ok bool) {
	bits, err := hex.DecodeString(word)
	if err != nil || len(bits) != Size {
		word = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(word, "="))
		bits, err = base64.RawStdEncoding.DecodeString(word)
	}
	if err != nil || len(bits) != Size {
		return bytes, false
	}
	bytes = [Size]byte(bits)
	return bytes, bytes != [Size]byte{}
}

// Encode returns the root key in base64.
func (k *Key) Encode() string { return base64.StdEncoding.EncodeToString(k.bytes[:]) }

// Derive returns length bytes for one purpose (HKDF-SHA-256, RFC 5869).
func (k *Key) Derive(purpose string, length int) ([]byte, error) {
	return hkdf.Expand(sha256.New, k.bytes[:], "anteroom "+purpose, length)
}

// MAC returns HMAC-SHA-256 under the pepper over the client id and the secret.
func (k *Key) MAC(clientID, secret string) []byte {
	mac := hmac.New(sha256.New, k.pepper)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(clientID))))
	mac.Write([]byte(clientID))
	mac.Write([]byte(secret))
	return mac.Sum(nil)
}
