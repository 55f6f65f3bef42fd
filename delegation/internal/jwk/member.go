package jwk

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-jose/go-jose/v4/json"
)

// member is one key of a set, as it was written.
type member map[string]json.RawMessage

// secret returns what makes a key one that no one else may see (RFC 7518 §6.2.2,
// §6.3.2, §6.4), as the rest of a sentence, or "".
func (k member) secret() string {
	if kty, _ := k.text("kty"); kty == "oct" || k.has("k") {
		return "is symmetric"
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth"} {
		if k.has(name) {
			return "is private (it has " + name + ")"
		}
	}
	return ""
}

// ParsePublic reads one public key for ES256 or EdDSA, as the header of a JWS holds it
// (RFC 7515 §4.1.3). It returns an error for every other one, and for a key with a
// member of a private or a symmetric one, whatever that holds.
func ParsePublic(raw []byte) (crypto.PublicKey, error) {
	var k member
	if json.Unmarshal(raw, &k) != nil || k == nil {
		return nil, errors.New("the key is no JSON object without duplicate names")
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, there := k[name]; there {
			return nil, errors.New("the key is not public")
		}
	}
	public, _, err := k.public()
	return public, err
}

// has reports whether there is a member that is not null.
func (k member) has(name string) bool {
	return len(k[name]) > 0 && !bytes.Equal(k[name], []byte("null"))
}

// text returns a member. Null is as good as nothing.
func (k member) text(name string) (text string, ok bool) {
	if !k.has(name) {
		return "", true
	}
	ok = json.Unmarshal(k[name], &text) == nil
	return text, ok
}

// public returns the key and its kid, or why it verifies nothing here, as the rest
// of a sentence.
func (k member) public() (public crypto.PublicKey, id string, err error) {
	if id, err = kid(k["kid"]); err != nil {
		return nil, "", err
	}
	if err := k.purpose(); err != nil {
		return nil, "", err
	}
	kty, _ := k.text("kty")
	switch kty {
	case "EC":
		public, err = k.ec()
	case "OKP":
		public, err = k.okp()
	default:
		err = k.other(kty)
	}
	if err != nil {
		return nil, "", err
	}
	return public, id, k.algorithm(public)
}

// kid reads a kid (RFC 7517 §4.5).
func kid(raw json.RawMessage) (string, error) {
	id, ok := member{"kid": raw}.text("kid")
	if !ok || len(id) > 255 || strings.IndexFunc(id, unicode.IsControl) >= 0 {
		return "", errors.New("has a kid that is not a text of at most 255 bytes without control characters")
	}
	return id, nil
}

// purpose demands that a key may verify signatures (RFC 7517 §4.2, §4.3).
func (k member) purpose() error {
	if use, ok := k.text("use"); !ok || use != "" && use != "sig" {
		return fmt.Errorf("is not for signatures (its use is %.20s)", k["use"])
	}
	var operations []string
	if !k.has("key_ops") {
		return nil
	}
	if json.Unmarshal(k["key_ops"], &operations) != nil || !slices.Contains(operations, "verify") {
		return fmt.Errorf("is not for verifying (its key_ops are %.60s)", k["key_ops"])
	}
	return nil
}

// algorithm demands that alg, if there is one, is the key's (RFC 7517 §4.4, RFC 9864
// §2.2).
func (k member) algorithm(public crypto.PublicKey) error {
	alg, ok := k.text("alg")
	own := string(Algorithm(public))
	if !ok || alg != "" && alg != own && (alg != "Ed25519" || own != "EdDSA") {
		return fmt.Errorf("is for the algorithm %.20s, and its curve for %s", k["alg"], own)
	}
	return nil
}

// ec reads a key on P-256 (RFC 7518 §6.2.1).
func (k member) ec() (crypto.PublicKey, error) {
	if crv, _ := k.text("crv"); crv != "P-256" {
		return nil, k.curve()
	}
	point := []byte{4}
	for _, name := range []string{"x", "y"} {
		coordinate, err := k.bytes(name, 32)
		if err != nil {
			return nil, err
		}
		point = append(point, coordinate...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, errors.New("has an x and a y that are no point of P-256")
	}
	return public, nil
}

// okp reads a key on Ed25519 (RFC 8037 §2).
func (k member) okp() (crypto.PublicKey, error) {
	if crv, _ := k.text("crv"); crv != "Ed25519" {
		return nil, k.curve()
	}
	public, err := k.bytes("x", ed25519.PublicKeySize)
	return ed25519.PublicKey(public), err
}

func (k member) curve() error {
	if !k.has("crv") {
		return errors.New("has no crv")
	}
	return fmt.Errorf("is on the curve %.20s: only P-256 and Ed25519 are accepted", k["crv"])
}

// bytes reads base64url of a fixed length, padded or not.
func (k member) bytes(name string, length int) ([]byte, error) {
	text, ok := k.text(name)
	if text == "" && ok {
		if k.has("x5c") {
			return nil, fmt.Errorf("has no %s (a certificate in x5c alone is no key)", name)
		}
		return nil, fmt.Errorf("has no %s", name)
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	if !ok || err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("has an %s that is not base64url (RFC 7515 §2)", name)
	}
	if len(decoded) != length {
		return nil, fmt.Errorf("has an %s of %d bytes instead of %d: leading zeros belong to it (RFC 7518 §6.2.1.2)",
			name, len(decoded), length)
	}
	return decoded, nil
}

// other tells of keys that cannot verify here, RSA and post-quantum ones among them.
func (k member) other(kty string) error {
	if kty != "RSA" {
		if !k.has("kty") {
			return errors.New("has no kty")
		}
		return fmt.Errorf("has the kty %.20s: only EC and OKP are accepted", k["kty"])
	}
	text, _ := k.text("n")
	modulus, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	alg := ""
	if k.has("alg") {
		alg = fmt.Sprintf(" for %.20s", k["alg"])
	}
	return fmt.Errorf("is an RSA key of %d bits%s: assertions are signed with ES256 or EdDSA", len(modulus)*8, alg)
}
