package rooms

import (
	"crypto/rand"
	"math/big"
)

// NewSlug draws a meeting code: 3, 4 and 3 lower-case letters, 47 random bits.
func NewSlug() string {
	letters := draw("abcdefghijklmnopqrstuvwxyz", 10)
	return letters[:3] + "-" + letters[3:7] + "-" + letters[7:]
}

// NewPIN draws that many decimal digits.
func NewPIN(length int) string { return draw("0123456789", length) }

// draw draws characters of the alphabet, each as likely as the others.
func draw(alphabet string, length int) string {
	text := make([]byte, length)
	size := big.NewInt(int64(len(alphabet)))
	for i := range text {
		n, _ := rand.Int(rand.Reader, size) // never fails: crypto/rand ends the program instead
		text[i] = alphabet[n.Int64()]
	}
	return string(text)
}

// validSlug reports whether text has the form of a slug.
func validSlug(text string) bool {
	if len(text) != 12 || text[3] != '-' || text[8] != '-' {
		return false
	}
	for i := range len(text) {
		if c := text[i]; i != 3 && i != 8 && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
