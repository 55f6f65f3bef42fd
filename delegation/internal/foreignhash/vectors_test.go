package foreignhash_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/foreignhash"
)

// TestVectors compares what the programs of others made. The files in testdata tell by
// which commands.
func TestVectors(t *testing.T) {
	for _, file := range []string{"python.json", "ory.json"} {
		text, err := os.ReadFile("testdata/" + file)
		is.New(t).NoErr(err)
		var vectors []struct{ By, Secret, Hash string }
		is.New(t).NoErr(json.Unmarshal(text, &vectors))
		is.New(t).True(len(vectors) > 15)
		for _, vector := range vectors {
			t.Run(vector.By, func(t *testing.T) {
				is := is.New(t)
				matches, err := foreignhash.Parse(vector.Hash)
				is.NoErr(err)
				is.True(matches(vector.Secret))
				for _, wrong := range []string{"", "x", vector.Secret + "x", vector.Secret[1:], vector.Hash} {
					is.True(!matches(wrong))
				}
			})
		}
	}
}

// TestWhatMatchesNothingIsRefused has hashes that no secret would ever match, or that
// would keep others waiting.
func TestWhatMatchesNothingIsRefused(t *testing.T) {
	const (
		b64   = "Db5YGir+bayh+7IVuG4lj62+gG1v6eC0SJROpG5i8io="
		salt  = "N9IVp6ts7+A6nqW1M7XjEg"
		body  = "DEmYJwNrqcpmcnSGHTjpLOuNBhMk8kaxW8PmXCOrvbg"
		sound = "$2b$12$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK"
	)
	for name, test := range map[string]struct{ hash, cause string }{
		"nothing":              {"", "is neither PBKDF2"},
		"a plain secret":       {"secret", "is neither PBKDF2"},
		"Argon2":               {"$argon2id$v=19$m=65536,t=2,p=4$c2FsdA$aGFzaA", "argon2"},
		"Argon2 of Django":     {"argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", "argon2"},
		"scrypt of Werkzeug":   {"scrypt:32768:8:1$salt$00", "scrypt"},
		"MD5":                  {"md5$salt$d41d8cd98f00b204e9800998ecf8427e", "md5"},
		"SHA-1":                {"sha1$salt$da39a3ee5e6b4b0d3255bfef95601890afd80709", "sha1"},
		"unsalted LDAP":        {"{SHA256}" + b64, "SHA"},
		"bcrypt, cut off":      {sound[:59], "59 characters"},
		"bcrypt and more":      {sound + "\n", "61 characters"},
		"the broken bcrypt":    {"$2x" + sound[3:], "$2a$"},
		"bcrypt without 2a":    {"$2$12$" + sound[7:], "$2a$"},
		"a cost of words":      {"$2b$xx" + sound[6:], "does not exist"},
		"a cost of 3":          {"$2b$03" + sound[6:], "does not exist"},
		"a cost of 31":         {"$2b$31" + sound[6:], "over 16"},
		"a foreign character":  {sound[:30] + "=" + sound[31:], "characters"},
		"stray bits":           {sound[:59] + "L", "bits"},
		"bcrypt of Django":     {"bcrypt$" + sound[:40], "40 characters"},
		"bcrypt_sha256":        {"bcrypt_sha256$" + b64, "$2a$"},
		"bcrypt-sha256":        {"$bcrypt-sha256$v=3,t=2b,r=12$abc$def", "as passlib writes it"},
		"PBKDF2 of MD5":        {"pbkdf2_md5$1000$salt$" + b64, "is not PBKDF2"},
		"no number":            {"pbkdf2_sha256$x$salt$" + b64, "is not PBKDF2"},
		"a negative number":    {"pbkdf2_sha256$-1$salt$" + b64, "is not PBKDF2"},
		"no iterations":        {"pbkdf2_sha256$0$salt$" + b64, "at least one"},
		"iterations for years": {"pbkdf2_sha256$99999999999999999999$salt$" + b64, "more than 10000000"},
		"no salt":              {"pbkdf2_sha256$1000$$" + b64, "no salt"},
		"a short hash":         {"pbkdf2_sha256$1000$salt$AAAA", "3 bytes, where it has 32"},
		"of another digest":    {"pbkdf2_sha1$1000$salt$" + b64, "32 bytes, where it has 20"},
		"no base64":            {"pbkdf2_sha256$1000$salt$" + b64[1:], "is not PBKDF2"},
		"Hydra, cut off":       {"$pbkdf2-sha256$i=25000,l=32$" + salt + "$" + body[:40], "30 bytes, where it has 32"},
		"Hydra, too short":     {"$pbkdf2-sha256$i=25000,l=3$" + salt + "$AAAA", "less than 16"},
		"Hydra without l":      {"$pbkdf2-sha256$i=25000$" + salt + "$" + body, "is not PBKDF2"},
		"Hydra, long":          {"$pbkdf2-sha256$i=9000000,l=64$" + salt + "$" + body + body, "more than 10000000"},
		"Hydra, many blocks":   {"$pbkdf2-sha1$i=9000000,l=32$" + salt + "$" + body, "more than 10000000"},
		"Hydra and another":    {"$pbkdf2-sha257$i=25000,l=32$" + salt + "$" + body, "is not PBKDF2"},
		"passlib, cut off":     {"$pbkdf2-sha256$29000$" + salt + "$" + body[:40], "30 bytes"},
		"passlib, no parts":    {"$pbkdf2-sha256$29000", "is not PBKDF2"},
		"Werkzeug, cut off":    {"pbkdf2:sha256:1000$salt$00ff", "2 bytes"},
		"Werkzeug, no number":  {"pbkdf2:sha256$salt$00ff", "is not PBKDF2"},
		"SHA-crypt, cut off":   {"$5$rounds=5000$salt$abc", "3 characters"},
		"SHA-crypt, no salt":   {"$5$$" + strings.Repeat("a", 43), "is not SHA-crypt"},
		"SHA-crypt for years":  {"$6$rounds=999999999$salt$" + strings.Repeat("a", 86), "rounds"},
		"LDAP, no salt":        {"{SSHA256}" + b64, "with a salt"},
		"LDAP, another":        {"{SSHA}" + b64, "is not a salted hash"},
		"salted, cut off":      {"sha256$salt$00ff", "of its length"},
		"salted, no salt":      {"sha256$$" + strings.Repeat("00", 32), "no salt"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			_, err := foreignhash.Parse(test.hash)
			is.True(err != nil)
			is.True(strings.Contains(err.Error(), test.cause)) // with the reason
		})
	}
}

// FuzzParse looks for texts that are accepted and cannot be compared.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"python.json", "ory.json"} {
		text, err := os.ReadFile("testdata/" + file)
		is.New(f).NoErr(err)
		var vectors []struct{ Hash string }
		is.New(f).NoErr(json.Unmarshal(text, &vectors))
		for _, vector := range vectors {
			f.Add(vector.Hash)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if matches, err := foreignhash.Parse(text); err == nil && cheap(text) {
			is.New(t).True(!matches("another secret")) // and never panics
		}
	})
}

// cheap reports whether a text has no number that makes it slow.
func cheap(text string) bool {
	digits := 0
	for _, c := range text {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		if digits > 4 {
			return false
		}
	}
	return !strings.Contains(text, "$2")
}
