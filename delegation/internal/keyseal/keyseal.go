// Package keyseal writes private keys so that only the holder of a symmetric key can read them.
package keyseal

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
)

// Errors of [Open].
var (
	// ErrMismatch means that the text was not sealed with this key under this id.
	ErrMismatch = errors.New("keyseal: sealed with another key")
	// ErrKey means that the text holds no private key.
	ErrKey = errors.New("keyseal: not a private key")
)

// Seal writes a private key as PKCS #8 under AES-256-GCM with a key of 32 bytes. The id is bound to
// it, so that a text copied under another id does not open.
func Seal(key []byte, id string, private crypto.Signer) (string, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return "", err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", fmt.Errorf("keyseal: sealing a private key: %w", err)
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(id))), nil
}

// Open reads what Seal wrote. It returns [ErrMismatch] if the key or the id is another one, and
// [ErrKey] if the text holds no private key.
func Open(key []byte, id, sealed string) (crypto.Signer, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) < aead.NonceSize() {
		return nil, ErrMismatch
	}
	plain, err := aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], []byte(id))
	if err != nil {
		return nil, ErrMismatch
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, ErrKey
	}
	return signer, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keyseal: preparing the seal: %w", err)
	}
	return cipher.NewGCM(block)
}
