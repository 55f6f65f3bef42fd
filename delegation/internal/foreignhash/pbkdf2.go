package foreignhash

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// The bounds of PBKDF2.
const (
	maxIterations = 10_000_000 // of all blocks of a hash together
	minHash       = 16         // bytes, with less than which another secret might match
	maxSalt       = 1024       // bytes
)

// derived is a hash by PBKDF2, taken apart.
type derived struct {
	digest     func() hash.Hash
	iterations int
	salt       []byte
	hash       []byte
}

// comparison returns the comparison with a hash, unless that takes for ever or
// matches what it should not. Size is the length of the hash in bytes.
func (d derived) comparison(size int) (func(string) bool, error) {
	blocks := (size + d.digest().Size() - 1) / d.digest().Size()
	switch {
	case len(d.hash) != size:
		return nil, fmt.Errorf("has a hash of %d bytes, where it has %d: it is cut off, or more than the hash",
			len(d.hash), size)
	case size < minHash:
		return nil, fmt.Errorf("has a hash of %d bytes: less than %d are not accepted", size, minHash)
	case len(d.salt) == 0 || len(d.salt) > maxSalt:
		return nil, errors.New("has no salt, or too long a one")
	case d.iterations < 1:
		return nil, errors.New("has no number of iterations of at least one")
	case d.iterations > maxIterations/blocks:
		return nil, fmt.Errorf("has more than %d iterations", maxIterations)
	}
	return func(secret string) bool {
		got, err := pbkdf2.Key(d.digest, secret, d.salt, d.iterations, size)
		return err == nil && subtle.ConstantTimeCompare(got, d.hash) == 1
	}, nil
}

// sha2 returns a digest by its name in the forms of Django, passlib and Werkzeug.
func sha2(name string) func() hash.Hash {
	return map[string]func() hash.Hash{"sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New,
		"sha384": sha512.New384, "sha512": sha512.New}[name]
}

// ory returns a digest by its name in the form of Hydra, where two names stand for
// SHA-3 (ory/x, hasherx).
func ory(name string) func() hash.Hash {
	switch name {
	case "sha224":
		return func() hash.Hash { return sha3.New224() }
	case "sha384":
		return func() hash.Hash { return sha3.New384() }
	}
	return sha2(name)
}

var errPBKDF2 = errors.New("is not PBKDF2 as Django (pbkdf2_sha256$iterations$salt$hash), " +
	"Hydra ($pbkdf2-sha256$i=iterations,l=length$salt$hash), passlib ($pbkdf2-sha256$iterations$salt$hash) or " +
	"Werkzeug (pbkdf2:sha256:iterations$salt$hash) write it")

// parseDjangoPBKDF2 reads pbkdf2_sha256$iterations$salt$hash, the hash in base64.
func parseDjangoPBKDF2(text string) (func(string) bool, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 {
		return nil, errPBKDF2
	}
	digest := sha2(strings.TrimPrefix(parts[0], "pbkdf2_"))
	want, err := base64.StdEncoding.Strict().DecodeString(parts[3])
	iterations, numbered := count(parts[1])
	if digest == nil || err != nil || !numbered {
		return nil, errPBKDF2
	}
	return derived{digest, iterations, []byte(parts[2]), want}.comparison(digest().Size())
}

// parseModularPBKDF2 reads the form of Hydra, $pbkdf2-sha256$i=25000,l=32$salt$hash,
// with salt and hash in base64 without padding, and that of passlib,
// $pbkdf2-sha256$29000$salt$hash, whose base64 has a dot instead of the plus.
func parseModularPBKDF2(text string) (func(string) bool, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 5 {
		return nil, errPBKDF2
	}
	name, hydra := strings.TrimPrefix(parts[1], "pbkdf2-"), strings.HasPrefix(parts[2], "i=")
	if parts[1] == "pbkdf2" {
		name = "sha1"
	}
	salt, saltErr := decode(parts[3])
	want, hashErr := decode(parts[4])
	iterations, numbered := count(parts[2])
	digest, size := sha2(name), 0
	if hydra {
		digest, iterations, size, numbered = parameters(name, parts[2])
	}
	if digest == nil || !numbered || saltErr != nil || hashErr != nil {
		return nil, errPBKDF2
	}
	if !hydra {
		size = digest().Size()
	}
	return derived{digest, iterations, salt, want}.comparison(size)
}

// parameters reads those of Hydra, i=25000,l=32.
func parameters(name, text string) (digest func() hash.Hash, iterations, size int, ok bool) {
	i, l, _ := strings.Cut(strings.TrimPrefix(text, "i="), ",l=")
	iterations, counted := count(i)
	size, sized := count(l)
	return ory(name), iterations, size, counted && sized
}

// parseWerkzeugPBKDF2 reads pbkdf2:sha256:iterations$salt$hash, the hash in
// hexadecimal.
func parseWerkzeugPBKDF2(text string) (func(string) bool, error) {
	parts := strings.Split(text, "$")
	method := strings.Split(parts[0], ":")
	if len(parts) != 3 || len(method) != 3 {
		return nil, errPBKDF2
	}
	digest := sha2(method[1])
	iterations, numbered := count(method[2])
	want, err := hex.DecodeString(parts[2])
	if digest == nil || !numbered || err != nil {
		return nil, errPBKDF2
	}
	return derived{digest, iterations, []byte(parts[1]), want}.comparison(digest().Size())
}

// count reads a number of plain digits, which stands for itself alone. One that is
// too large for an int is the largest.
func count(text string) (n int, ok bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	if errors.Is(err, strconv.ErrRange) {
		return int(^uint(0) >> 1), true
	}
	return n, err == nil
}

// decode reads base64 without padding, in the standard alphabet or with a dot
// instead of its plus.
func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errPBKDF2
	}
	return base64.RawStdEncoding.Strict().DecodeString(strings.ReplaceAll(text, ".", "+"))
}
