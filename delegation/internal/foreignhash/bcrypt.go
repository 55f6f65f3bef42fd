package foreignhash

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// The bounds of bcrypt.
const (
	maxBcryptCost = 16
	maxBcryptText = 72 // bytes that bcrypt looks at
	bcryptLength  = 60 // $2b$10$, 22 characters of salt, 31 of the hash
	bcryptSalt    = 22
)

// bcryptAlphabet is that of its base64.
const bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// parseBcrypt reads $2a$, $2b$ or $2y$, a cost, a salt and a hash.
func parseBcrypt(text string) (func(string) bool, error) {
	return bcryptOf(text, func(secret string) string { return secret })
}

// parseDjangoBcrypt reads bcrypt$ before bcrypt.
func parseDjangoBcrypt(text string) (func(string) bool, error) {
	return parseBcrypt(strings.TrimPrefix(text, "bcrypt$"))
}

// parseDjangoBcryptSHA256 reads bcrypt_sha256$ before bcrypt of the SHA-256 of the
// secret in hexadecimal.
func parseDjangoBcryptSHA256(text string) (func(string) bool, error) {
	return bcryptOf(strings.TrimPrefix(text, "bcrypt_sha256$"), func(secret string) string {
		sum := sha256.Sum256([]byte(secret))
		return hex.EncodeToString(sum[:])
	})
}

// parsePasslibBcrypt reads $bcrypt-sha256$2b,12$salt$hash, which is bcrypt of the
// SHA-256 in base64, and $bcrypt-sha256$v=2,t=2b,r=12$salt$hash, whose SHA-256 is an
// HMAC under the salt.
func parsePasslibBcrypt(text string) (func(string) bool, error) {
	pattern := regexp.MustCompile(`^\$bcrypt-sha256\$(v=2,t=)?(2[aby]),(r=)?(\d{1,2})\$([^$]+)\$([^$]+)$`)
	parts := pattern.FindStringSubmatch(text)
	if parts == nil || (parts[1] == "") != (parts[3] == "") {
		return nil, errors.New("is not bcrypt-sha256 as passlib writes it ($bcrypt-sha256$v=2,t=2b,r=12$salt$hash)")
	}
	salt := parts[5]
	return bcryptOf(fmt.Sprintf("$%s$%02s$%s%s", parts[2], parts[4], salt, parts[6]), func(secret string) string {
		sum := sha256.Sum256([]byte(secret))
		if parts[1] != "" {
			mac := hmac.New(sha256.New, []byte(salt))
			mac.Write([]byte(secret))
			sum = [sha256.Size]byte(mac.Sum(nil))
		}
		return base64.StdEncoding.EncodeToString(sum[:])
	})
}

// bcryptOf returns the comparison of bcrypt after a step that makes its text of the
// secret.
func bcryptOf(text string, prepare func(secret string) string) (func(string) bool, error) {
	if err := checkBcrypt(text); err != nil {
		return nil, err
	}
	return func(secret string) bool {
		prepared := prepare(secret)
		short := prepared[:min(len(prepared), maxBcryptText)] // a longer one takes as long, and matches nothing
		match := bcrypt.CompareHashAndPassword([]byte(text), []byte(short)) == nil
		return match && len(short) == len(prepared)
	}, nil
}

// checkBcrypt refuses what matches nothing.
func checkBcrypt(text string) error {
	switch {
	case len(text) < 7 || text[:2] != "$2" || strings.IndexByte("aby", text[2]) < 0 || text[3] != '$' || text[6] != '$':
		return errors.New("is not bcrypt as others write it ($2a$, $2b$ or $2y$, a cost of two digits, salt and hash)")
	case len(text) != bcryptLength:
		return fmt.Errorf("has %d characters, where bcrypt has %d: it is cut off, or more than the hash",
			len(text), bcryptLength)
	}
	cost, err := strconv.Atoi(text[4:6])
	switch {
	case err != nil || cost < bcrypt.MinCost:
		return fmt.Errorf("has a bcrypt cost that does not exist: %q", text[4:6])
	case cost > maxBcryptCost:
		return fmt.Errorf("has a bcrypt cost over %d", maxBcryptCost)
	case strings.Trim(text[7:], bcryptAlphabet) != "":
		return errors.New("has characters that bcrypt does not write")
	}
	encoding := base64.NewEncoding(bcryptAlphabet).WithPadding(base64.NoPadding).Strict()
	if _, err := encoding.DecodeString(text[7+bcryptSalt:]); err != nil {
		return errors.New("ends in bits that bcrypt does not write: a character is wrong")
	}
	return nil
}
