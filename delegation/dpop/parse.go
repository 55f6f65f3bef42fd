package dpop

import (
	"crypto"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json" // strict: no name twice, none in another case

	"github.com/anteroom-go/anteroom/delegation/internal/address"
	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
)

// MaxLength is the longest proof that is looked at, in bytes.
const MaxLength = 4096

// Algorithms returns the values of alg that are accepted: for keys on P-256, and for
// those on Ed25519 by both of its names (RFC 9864 §2.2).
func Algorithms() []string { return []string{"ES256", "EdDSA", "Ed25519"} }

// content is what stands in a proof whose signature is that of its own key.
type content struct {
	key                          crypto.PublicKey
	id, method, url, hash, nonce string
	issued                       float64
}

// parse reads a proof, and checks its signature.
func parse(text string) (c content, fault Fault) {
	if len(text) > MaxLength {
		return c, TooLong
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return c, Malformed
	}
	var decoded [3][]byte
	for i, part := range parts {
		var ok bool
		if decoded[i], ok = decode(part); !ok {
			return c, Malformed
		}
	}
	if c.key, fault = readHeader(decoded[0]); fault != "" {
		return c, fault
	}
	if !jwk.Verifies(c.key, []byte(parts[0]+"."+parts[1]), decoded[2]) {
		return c, Signature
	}
	return c, c.readClaims(decoded[1])
}

// decode reads base64url (RFC 7515 §2) in the only way to write its bytes.
func decode(part string) ([]byte, bool) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return decoded, err == nil && part != "" && !strings.ContainsAny(part, "\r\n")
}

// readHeader returns the key in the header (RFC 9449 §4.2), whose one algorithm is that
// of the header. What tells of keys in another way, or changes what the signature
// means, is refused.
func readHeader(text []byte) (crypto.PublicKey, Fault) {
	members, ok := object(text)
	if !ok {
		return nil, Header
	}
	for _, name := range []string{"crit", "b64", "jku", "x5u"} {
		if _, there := members[name]; there {
			return nil, Member
		}
	}
	typ, typed := word(members["typ"])
	alg, named := word(members["alg"])
	if !typed || !named {
		return nil, Header
	}
	if strings.TrimPrefix(address.Lower(typ), "application/") != "dpop+jwt" { // RFC 7515 §4.1.9
		return nil, Type
	}
	key, err := jwk.ParsePublic(members["jwk"])
	if err != nil {
		return nil, Key
	}
	own := string(jwk.Algorithm(key))
	if alg != own && (alg != "Ed25519" || own != "EdDSA") {
		return nil, Algorithm
	}
	return key, ""
}

// readClaims reads the claims of RFC 9449 §4.2. Others are ignored, whatever they hold.
func (c *content) readClaims(text []byte) Fault {
	claims, ok := object(text)
	if !ok {
		return Claims
	}
	var issued *float64
	for name, value := range map[string]*string{
		"jti": &c.id, "htm": &c.method, "htu": &c.url, "ath": &c.hash, "nonce": &c.nonce,
	} {
		if *value, ok = word(claims[name]); !ok {
			return Claims
		}
	}
	if json.Unmarshal(claims["iat"], &issued) != nil || issued == nil || !identifier(c.id) || c.method == "" ||
		c.url == "" {
		return Claims
	}
	c.issued = math.Floor(*issued)
	return ""
}

// fault returns why a proof of good form is not for the request, the access token and
// the time, or "".
func (c content) fault(asked Proof, accessToken string, now time.Time) Fault {
	sent, isURL := normal(c.url)
	expected, configured := normal(asked.URL)
	sum := sha256.Sum256([]byte(accessToken))
	hash := base64.RawURLEncoding.EncodeToString(sum[:])
	at, window := float64(now.Unix()), Window.Seconds()
	switch {
	case c.method != asked.Method:
		return Method
	case !isURL || !configured || sent != expected:
		return URL
	case c.issued < at-window:
		return Stale
	case c.issued > at+window:
		return Early
	case accessToken != "" && subtle.ConstantTimeCompare([]byte(c.hash), []byte(hash)) != 1:
		return Ath
	}
	return ""
}

func (c content) thumbprint() (string, error) { return jwk.Thumbprint(c.key) }

// object reads a JSON object in UTF-8.
func object(text []byte) (members map[string]json.RawMessage, ok bool) {
	ok = utf8.Valid(text) && json.Unmarshal(text, &members) == nil && members != nil
	return members, ok
}

// word reads a text. Nothing is an empty one.
func word(raw json.RawMessage) (text string, ok bool) {
	if len(raw) == 0 {
		return "", true
	}
	var pointer *string
	if json.Unmarshal(raw, &pointer) != nil || pointer == nil {
		return "", false
	}
	return *pointer, true
}

// identifier reports whether s can tell a proof apart: UTF-8 without control
// characters.
func identifier(s string) bool {
	return s != "" && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}
