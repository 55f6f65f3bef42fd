// Package jwt settles the form of tokens and of assertions before any
// cryptography: the compact serialization, the header and the claims.
package jwt

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"
)

// maxLength is the longest text that is looked at, in bytes.
const maxLength = 4096

// Form is what stands in a JWS in compact serialization (RFC 7515 §7.1), of
// which nothing is believed yet.
type Form struct {
	// Header is the protected header. It is nil if that is not a JSON object
	// of texts, each of another name.
	Header map[string]string
	// Payload is valid UTF-8, or empty.
	Payload []byte
}

// Parse takes a JWS apart. Ok is false unless it consists of three canonical
// base64url parts, which leaves no room for a JWE or a JSON serialization.
func Parse(text string) (form Form, ok bool) {
	parts := strings.Split(text, ".")
	if len(text) > maxLength || len(parts) != 3 || !canonical(parts[0]) || !canonical(parts[1]) || !canonical(parts[2]) {
		return Form{}, false
	}
	protected, _ := base64.RawURLEncoding.DecodeString(parts[0])
	if payload, _ := base64.RawURLEncoding.DecodeString(parts[1]); utf8.Valid(payload) {
		form.Payload = payload
	}
	form.Header = header(protected)
	return form, true
}

// header reads strictly: go-jose's json package refuses repeated names, of which
// encoding/json would take the last.
func header(protected []byte) map[string]string {
	var members map[string]any
	if json.Unmarshal(protected, &members) != nil {
		return nil
	}
	texts := make(map[string]string, len(members))
	for name, value := range members {
		text, ok := value.(string)
		if !ok {
			return nil
		}
		texts[name] = text
	}
	return texts
}

// canonical reports whether part is base64url as RFC 7515 §2 writes it, and the
// only way to write its bytes. The decoder alone would pass line breaks and
// stray bits at the end.
func canonical(part string) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	return part != "" && err == nil && base64.RawURLEncoding.EncodeToString(decoded) == part
}
