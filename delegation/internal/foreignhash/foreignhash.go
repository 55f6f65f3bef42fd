// Package foreignhash compares secrets with the slow hashes that other products
// keep of them, and remembers the outcomes.
package foreignhash

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// The bounds of hashes.
const (
	maxIterations = 10_000_000
	maxBcryptCost = 16
	maxBcryptText = 72 // bytes that bcrypt looks at
)

// errUnknown continues a sentence that begins with the hash, as every error of
// Parse does.
var errUnknown = errors.New(
	"is neither PBKDF2 as Django writes it (pbkdf2_sha256$iterations$salt$hash) nor bcrypt ($2b$…)")

// Parse returns the comparison with a hash: PBKDF2 as Django writes it
// (pbkdf2_sha256$…, pbkdf2_sha1$…) or bcrypt ($2a$…, $2b$…, $2y$…). It returns an
// error for a text of another form, and for a hash that would take for ever.
func Parse(text string) (matches func(secret string) bool, err error) {
	if strings.HasPrefix(text, "$2") {
		return parseBcrypt(text)
	}
	return parseDjango(text)
}

func parseBcrypt(text string) (func(string) bool, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || len(text) != 60 {
		return nil, errUnknown
	}
	if cost > maxBcryptCost {
		return nil, fmt.Errorf("has a bcrypt cost over %d", maxBcryptCost)
	}
	return func(secret string) bool {
		short := secret[:min(len(secret), maxBcryptText)] // a longer one takes as long, and matches nothing
		match := bcrypt.CompareHashAndPassword([]byte(text), []byte(short)) == nil
		return match && len(short) == len(secret)
	}, nil
}

// parseDjango reads algorithm$iterations$salt$hash, the hash in base64.
func parseDjango(text string) (func(string) bool, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 {
		return nil, errUnknown
	}
	digest, known := map[string]func() hash.Hash{"pbkdf2_sha256": sha256.New, "pbkdf2_sha1": sha1.New}[parts[0]]
	iterations, err := strconv.Atoi(parts[1])
	if !known || err != nil || iterations < 1 || parts[2] == "" {
		return nil, errUnknown
	}
	if iterations > maxIterations {
		return nil, fmt.Errorf("has more than %d iterations", maxIterations)
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil || len(want) != digest().Size() {
		return nil, errUnknown
	}
	return func(secret string) bool {
		got, err := pbkdf2.Key(digest, secret, []byte(parts[2]), iterations, len(want))
		return err == nil && subtle.ConstantTimeCompare(got, want) == 1
	}, nil
}
