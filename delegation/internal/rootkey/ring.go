package rootkey

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
	"unicode"
)

// Ring holds root keys, the present one first, then those that it replaced.
type Ring struct{ keys []*Key }

// NewRing returns the ring of one root key.
func NewRing(bytes [Size]byte) (*Ring, error) {
	key, err := New(bytes)
	if err != nil {
		return nil, err
	}
	return &Ring{[]*Key{key}}, nil
}

// Parse reads root keys that are separated by white space or commas. Ok is false if
// there is none, or if a word is none.
func Parse(text string) (ring *Ring, ok bool, err error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	ring = &Ring{make([]*Key, len(words))}
	for i, word := range words {
		bits, ok := Decode(word)
		if !ok {
			return nil, false, nil
		}
		if ring.keys[i], err = New(bits); err != nil {
			return nil, false, fmt.Errorf("deriving from a root key: %w", err)
		}
	}
	return ring, len(words) > 0, nil
}

// Encode returns the root keys in base64, one a line.
func (r *Ring) Encode() string {
	words := make([]string, len(r.keys))
	for i, key := range r.keys {
		words[i] = key.Encode()
	}
	return strings.Join(words, "\n")
}

// DeriveAll returns length bytes of every root key for one purpose.
func (r *Ring) DeriveAll(purpose string, length int) ([][]byte, error) {
	all := make([][]byte, len(r.keys))
	for i, key := range r.keys {
		derived, err := key.Derive(purpose, length)
		if err != nil {
			return nil, fmt.Errorf("deriving the key for %s: %w", purpose, err)
		}
		all[i] = derived
	}
	return all, nil
}

// MAC returns that of the present root key.
func (r *Ring) MAC(clientID, secret string) []byte { return r.keys[0].MAC(clientID, secret) }

// Matches compares a secret with a MAC, in constant time and with the same work
// whatever the MAC is. Match reports whether one of the root keys made it, and
// present whether that was the present one.
func (r *Ring) Matches(clientID, secret string, mac []byte) (present, match bool) {
	usable := len(mac) == sha256.Size
	if !usable {
		mac = make([]byte, sha256.Size)
	}
	for i, key := range r.keys {
		if subtle.ConstantTimeCompare(key.MAC(clientID, secret), mac) == 1 && usable {
			present, match = present || i == 0, true
		}
	}
	return present, match
}
