package registry

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

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

// unseal reads what seal wrote under one of the root keys, and says whether that
// was the present one. ErrRootKeyMismatch.
func (r *Registry) unseal(kid, sealed string) (private crypto.Signer, current bool, err error) {
	for i, rootKey := range r.rootKeys() {
		private, err = open(rootKey, kid, sealed)
		if !errors.Is(err, ErrRootKeyMismatch) {
			return private, i == 0, err
		}
	}
	return nil, false, ErrRootKeyMismatch
}

// checkRootKey returns ErrRootKeyMismatch if a signing key is active that the root
// keys do not open: a secret made under another root key than the servers' would
// be refused by all of them, for a reason that nobody finds.
func (r *Registry) checkRootKey(ctx context.Context, tx bun.Tx) error {
	var active keyRow
	err := tx.NewRaw(`SELECT kid, state, sealed FROM signing_keys WHERE state = 'active'`).Scan(ctx, &active)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("registry: reading the signing key: %w", err)
	}
	_, _, err = r.unseal(active.KID, active.Sealed)
	return err
}

// rootKeys returns the present root key and the former ones.
func (r *Registry) rootKeys() []delegation.RootKey {
	return append([]delegation.RootKey{r.config.RootKey}, r.config.FormerRootKeys...)
}

// open returns a private key that was sealed under the root key.
// ErrRootKeyMismatch.
func open(rootKey delegation.RootKey, kid, sealed string) (crypto.Signer, error) {
	aead, err := sealer(rootKey)
	if err != nil {
		return nil, err
	}
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) < aead.NonceSize() {
		return nil, ErrRootKeyMismatch
	}
	plain, err := aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], []byte(kid))
	if err != nil {
		return nil, ErrRootKeyMismatch
	}
	private, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("reading a signing key: %w", err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, delegation.ErrKey
	}
	return signer, nil
}

// Reseal seals every signing key that a former root key sealed with the present
// one, and says how many. Running servers do so by themselves.
func (r *Registry) Reseal(ctx context.Context) (resealed int, err error) {
	var rows []keyRow
	err = r.db.NewRaw(`SELECT kid, state, sealed FROM signing_keys WHERE sealed <> ''`).Scan(ctx, &rows)
	if err != nil {
		return 0, fmt.Errorf("registry: reading the signing keys: %w", err)
	}
	for _, row := range rows {
		changed, err := r.reseal(ctx, row)
		if err != nil {
			return resealed, err
		}
		if changed {
			resealed++
		}
	}
	return resealed, nil
}

func (r *Registry) reseal(ctx context.Context, row keyRow) (changed bool, err error) {
	private, current, err := r.unseal(row.KID, row.Sealed)
	if err != nil || current {
		return false, err
	}
	sealed, err := seal(r.config.RootKey, row.KID, private)
	if err != nil {
		return false, err
	}
	changed, err = affected(r.db.ExecContext(ctx, `UPDATE signing_keys SET sealed = ? WHERE kid = ? AND sealed = ?`, sealed, row.KID, row.Sealed))
	if err != nil {
		return false, fmt.Errorf("registry: sealing a signing key anew: %w", err)
	}
	return changed, nil
}

// SecretsUnderFormerKeys counts the usable secrets that were not used since the
// root key was replaced, and need a former one to work. Imported secrets that
// were never used need none.
func (r *Registry) SecretsUnderFormerKeys(ctx context.Context) (int, error) {
	_, rootKeyID, err := r.pepper()
	if err != nil {
		return 0, err
	}
	var n int
	err = r.db.NewRaw(`SELECT count(*) FROM application_secrets WHERE root_key <> ? AND mac <> '' AND disabled_at IS NULL
		AND (expires_at IS NULL OR expires_at > ?)`, rootKeyID, r.now()).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("registry: counting secrets: %w", err)
	}
	return n, nil
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
