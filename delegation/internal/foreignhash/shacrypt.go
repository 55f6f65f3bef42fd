package foreignhash

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"regexp"
)

// The bounds of SHA-crypt (Drepper, "Unix crypt using SHA-256 and SHA-512", 2008).
const (
	defaultRounds = 5000
	minRounds     = 1000
	maxRounds     = 1_000_000
)

// shaCryptAlphabet is that of its base64.
const shaCryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// parseSHACrypt reads $5$ (SHA-256) or $6$ (SHA-512), the rounds if they are not
// 5,000, the salt and the hash.
func parseSHACrypt(text string) (func(string) bool, error) {
	parts := regexp.MustCompile(`^\$([56])\$(?:rounds=(\d+)\$)?([./0-9A-Za-z]{1,16})\$([./0-9A-Za-z]+)$`).
		FindStringSubmatch(text)
	if parts == nil {
		return nil, errors.New("is not SHA-crypt ($5$ or $6$, rounds, a salt of 1 to 16 characters, and the hash)")
	}
	digest, length := sha2("sha256"), 43
	if parts[1] == "6" {
		digest, length = sha2("sha512"), 86
	}
	rounds, given := count(parts[2])
	if !given {
		rounds = defaultRounds
	}
	switch {
	case len(parts[4]) != length:
		return nil, fmt.Errorf("has a hash of %d characters, where it has %d: it is cut off, or more than the hash",
			len(parts[4]), length)
	case rounds < minRounds || rounds > maxRounds:
		return nil, fmt.Errorf("has %d rounds, of which %d to %d are accepted", rounds, minRounds, maxRounds)
	}
	return func(secret string) bool {
		got := shaCrypt(digest, []byte(secret), []byte(parts[3]), rounds)
		return subtle.ConstantTimeCompare([]byte(got), []byte(parts[4])) == 1
	}, nil
}

// shaCrypt computes the hash. The letters are those of the specification.
func shaCrypt(digest func() hash.Hash, key, salt []byte, rounds int) string {
	sum := func(parts ...[]byte) []byte {
		h := digest()
		for _, part := range parts {
			h.Write(part)
		}
		return h.Sum(nil)
	}
	b := sum(key, salt, key)
	parts := [][]byte{key, salt, repeated(b, len(key))}
	for n := len(key); n > 0; n >>= 1 {
		if n&1 == 1 {
			parts = append(parts, b)
		} else {
			parts = append(parts, key)
		}
	}
	a := sum(parts...)
	p := repeated(sum(repeated(key, len(key)*len(key))), len(key))
	s := repeated(sum(repeated(salt, len(salt)*(16+int(a[0])))), len(salt))
	return shaCryptText(mixed(sum, a, p, s, rounds))
}

// mixed runs the rounds.
func mixed(sum func(...[]byte) []byte, a, p, s []byte, rounds int) []byte {
	for round := range rounds {
		first, last := a, p
		if round%2 == 1 {
			first, last = p, a
		}
		parts := [][]byte{first}
		if round%3 != 0 {
			parts = append(parts, s)
		}
		if round%7 != 0 {
			parts = append(parts, p)
		}
		a = sum(append(parts, last)...)
	}
	return a
}

// repeated returns length bytes of a text that begins anew at its end.
func repeated(text []byte, length int) []byte {
	out := make([]byte, length)
	for i := range out {
		out[i] = text[i%len(text)]
	}
	return out
}

// shaCryptText writes a hash in its own order of bytes: three at a time, of which
// the places move by a third of the hash.
func shaCryptText(sum []byte) string {
	third, step := len(sum)/3, 21 // SHA-256: 0 10 20, 21 1 11, 12 22 2, and so on
	if len(sum) == 64 {
		step = 22 // SHA-512: 0 21 42, 22 43 1, 44 2 23
	}
	order := [3]int{0, third, 2 * third}
	var text []byte
	for range third {
		text = append(text, triple(sum[order[0]], sum[order[1]], sum[order[2]], 4)...)
		for i := range order {
			order[i] = (order[i] + step) % (3 * third)
		}
	}
	if len(sum) == 64 {
		return string(append(text, triple(0, 0, sum[63], 2)...))
	}
	return string(append(text, triple(0, sum[31], sum[30], 3)...))
}

// triple writes 24 bits in characters of six, the lowest first.
func triple(high, middle, low byte, characters int) []byte {
	bits := uint(high)<<16 | uint(middle)<<8 | uint(low)
	text := make([]byte, characters)
	for i := range text {
		text[i] = shaCryptAlphabet[bits&63]
		bits >>= 6
	}
	return text
}
