package jwt

import (
	"encoding/base64"
	"encoding/json"
)

// Signer signs access tokens with one key. It is safe for concurrent use.
type Signer struct {
	begin string // the protected header, encoded, and a dot
	sign  func(text []byte) ([]byte, error)
}

// NewSigner returns a signer of tokens whose header names the algorithm and the key. Sign
// returns the signature over a text by both.
func NewSigner(algorithm, keyID string, sign func(text []byte) ([]byte, error)) *Signer {
	header, _ := json.Marshal(map[string]string{"alg": algorithm, "kid": keyID, "typ": TokenType}) // texts never fail
	return &Signer{base64.RawURLEncoding.EncodeToString(header) + ".", sign}
}

// Sign returns the token of a payload, in compact serialization (RFC 7515 §7.1).
func (s *Signer) Sign(payload []byte) (string, error) {
	const room = 512 // of a signature by RSA with 3072 bits
	text := make([]byte, 0, len(s.begin)+base64.RawURLEncoding.EncodedLen(len(payload))+1+room)
	text = base64.RawURLEncoding.AppendEncode(append(text, s.begin...), payload)
	signature, err := s.sign(text)
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), signature)), nil
}
