package foreignhash

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// parseLDAP reads {SSHA256} or {SSHA512} and base64 of the hash, then the salt, as
// directories of LDAP and passlib write them.
func parseLDAP(text string) (func(string) bool, error) {
	name, encoded, found := strings.Cut(strings.TrimPrefix(text, "{SSHA"), "}")
	digest := sha2("sha" + name)
	decoded, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !found || name != "256" && name != "512" || err != nil || strings.ContainsAny(encoded, "\r\n") {
		return nil, errors.New("is not a salted hash as LDAP writes it ({SSHA256} or {SSHA512}, and base64)")
	}
	size := digest().Size()
	if len(decoded) <= size || len(decoded) > size+maxSalt {
		return nil, errors.New("has no hash of its length with a salt behind it: it is cut off, or too long")
	}
	return func(secret string) bool {
		sum := digest()
		sum.Write([]byte(secret))
		sum.Write(decoded[size:])
		return subtle.ConstantTimeCompare(sum.Sum(nil), decoded[:size]) == 1
	}, nil
}

// parseSalted reads sha256$salt$hash or sha512$salt$hash, the hash in hexadecimal:
// that of the salt and the secret, as hashers in the manner of Django make it, or
// their HMAC with the salt as the key, as Werkzeug did.
func parseSalted(text string) (func(string) bool, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 3 {
		return nil, errors.New("is not a salted hash (sha256$salt$hash)")
	}
	digest, salt := sha2(parts[0]), parts[1]
	want, err := hex.DecodeString(parts[2])
	if err != nil || len(want) != digest().Size() || salt == "" || len(salt) > maxSalt {
		return nil, errors.New("has no salt, or no hash of its length in hexadecimal")
	}
	return func(secret string) bool {
		sum, mac := digest(), hmac.New(digest, []byte(salt))
		sum.Write([]byte(salt + secret))
		mac.Write([]byte(secret))
		return subtle.ConstantTimeCompare(sum.Sum(nil), want)|subtle.ConstantTimeCompare(mac.Sum(nil), want) == 1
	}, nil
}
