package registry

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation"
)

// seal writes a private key as PKCS #8 under AES-256-GCM. The key id is bound
// to it, so that a row copied under another id does not open.
func seal(rootKey delegation.RootKey, kid string, private crypto.Signer) (string, error) {
	aead, err := sealer(rootKey)
	if err != nil {
		return "", err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", fmt.Errorf("sealing a key: %w", err)
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, []byte(kid))), nil
}

// unseal reads what seal wrote. ErrRootKeyMismatch.
func unseal(rootKey delegation.RootKey, kid, sealed string) (delegation.Key, error) {
	aead, err := sealer(rootKey)
	if err != nil {
		return delegation.Key{}, err
	}
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) < aead.NonceSize() {
		return delegation.Key{}, ErrRootKeyMismatch
	}
	plain, err := aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], []byte(kid))
	if err != nil {
		return delegation.Key{}, ErrRootKeyMismatch
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return delegation.Key{}, fmt.Errorf("reading a signing key: %w", err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return delegation.Key{}, delegation.ErrKey
	}
	return delegation.NewKey(signer)
}

func sealer(rootKey delegation.RootKey) (cipher.AEAD, error) {
	if rootKey.IsZero() {
		return nil, ErrRootKeyRequired
	}
	key, err := rootKey.Derive("signing keys", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
