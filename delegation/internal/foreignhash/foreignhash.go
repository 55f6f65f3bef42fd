// Package foreignhash compares secrets with the hashes that other products keep of
// them, and remembers the outcomes.
package foreignhash

import (
	"errors"
	"strings"
)

// errUnknown continues a sentence that begins with the hash, as every error of
// Parse does.
var errUnknown = errors.New("is neither PBKDF2 (pbkdf2_sha256$… of Django, $pbkdf2-sha256$… of Hydra and passlib, " +
	"pbkdf2:sha256:… of Werkzeug) nor bcrypt ($2b$…, bcrypt$…, bcrypt_sha256$… of Django, $bcrypt-sha256$… of passlib) " +
	"nor salted SHA-2 ($5$…, $6$…, {SSHA256}…, {SSHA512}…, sha256$salt$hash)")

// form is one way to write a hash.
type form struct {
	prefix string
	parse  func(text string) (func(secret string) bool, error)
}

// forms returns those that are accepted. Of several whose prefix matches, the first
// one counts.
func forms() []form {
	return []form{
		{"$2", parseBcrypt},
		{"bcrypt$", parseDjangoBcrypt},
		{"bcrypt_sha256$", parseDjangoBcryptSHA256},
		{"$bcrypt-sha256$", parsePasslibBcrypt},
		{"pbkdf2_", parseDjangoPBKDF2},
		{"$pbkdf2", parseModularPBKDF2},
		{"pbkdf2:", parseWerkzeugPBKDF2},
		{"$5$", parseSHACrypt},
		{"$6$", parseSHACrypt},
		{"{SSHA", parseLDAP},
		{"sha256$", parseSalted},
		{"sha512$", parseSalted},
	}
}

// Parse returns the comparison with a hash in one of the forms above. It returns an
// error for a text of another form, for a hash that can match nothing, and for one
// that would take so long that others wait.
func Parse(text string) (matches func(secret string) bool, err error) {
	for _, f := range forms() {
		if strings.HasPrefix(text, f.prefix) {
			return f.parse(text)
		}
	}
	for _, prefix := range []string{"argon2", "$argon2", "scrypt", "$scrypt", "$7$", "$y$", "$1$", "md5", "sha1$",
		"{SHA"} {
		if strings.HasPrefix(text, prefix) {
			return nil, errors.New("is of a kind that is not accepted (" + strings.Trim(prefix, "${") + ")")
		}
	}
	return nil, errUnknown
}
