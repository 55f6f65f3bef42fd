package registry

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"golang.org/x/crypto/bcrypt"

	"github.com/anteroom-go/anteroom/delegation"
)

// The bounds of foreign hashes.
const (
	slowHashes    = 1 // how many are computed at a time: they must not stand in the way of tokens
	maxIterations = 10_000_000
	maxBcryptCost = 16
	maxBcryptText = 72 // bytes that bcrypt looks at
)

// ImportApplication registers an application under the client id that it had in
// another product. Its secret goes on working by the hash that the other product
// kept: PBKDF2 as Django writes it (pbkdf2_sha256$…, pbkdf2_sha1$…) or bcrypt
// ($2a$…, $2b$…, $2y$…). With an empty hash it gets a new secret, as from
// CreateApplication. [*InvalidError], ErrApplicationExists, ErrRootKeyRequired.
func (r *Registry) ImportApplication(ctx context.Context, app delegation.Application, secretHash string) (delegation.Application, delegation.Secret, error) {
	if err := checkClientID(app.ClientID); err != nil {
		return delegation.Application{}, "", err
	}
	app.Generation = r.now().UnixMicro() // there may have been one with this id, and tokens of it
	if secretHash == "" {
		return r.createApplication(ctx, app)
	}
	if _, err := parseHash(secretHash); err != nil {
		return delegation.Application{}, "", err
	}
	imported, err := r.register(ctx, app, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO application_secrets (client_id, secret_id, mac, imported_hash, label, created_at)
			VALUES (?, ?, '', ?, '', ?)`, app.ClientID, delegation.ImportedSecretID, secretHash, r.now())
		if err != nil {
			return fmt.Errorf("registry: inserting an imported secret: %w", err)
		}
		return nil
	})
	return imported, "", err
}

// checkClientID wants an id that can be sent (RFC 6749 appendix A.1) and typed.
func checkClientID(id string) error {
	if id == "" || len(id) > 255 || id[0] == '-' || strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		return &InvalidError{"client_id", "must be 1 to 255 printable ASCII characters without spaces, and not begin with a hyphen"}
	}
	return nil
}

// CheckImportedSecret implements [delegation.ImportChecker]. It computes few
// hashes at a time; the others wait.
func (r *Registry) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret) (bool, error) {
	var row struct {
		Hash string `bun:"imported_hash"`
		MAC  string `bun:"mac"`
	}
	err := r.db.NewRaw(`SELECT imported_hash, mac FROM application_secrets WHERE client_id = ? AND secret_id = ?`,
		clientID, delegation.ImportedSecretID).Scan(ctx, &row)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("registry: finding an imported secret: %w", err)
	case row.Hash == "": // renewed by another request in the meantime
		return r.hasMAC(clientID, secret, row.MAC)
	}
	return r.hasHash(ctx, secret, row.Hash)
}

// hasMAC compares a secret with what is stored of ours.
func (r *Registry) hasMAC(clientID string, secret delegation.Secret, stored string) (bool, error) {
	pepper, _, err := r.pepper()
	return err == nil && subtle.ConstantTimeCompare([]byte(hex.EncodeToString(pepper.MAC(clientID, secret))), []byte(stored)) == 1, err
}

// hasHash compares a secret with a foreign hash when it is its turn.
func (r *Registry) hasHash(ctx context.Context, secret delegation.Secret, text string) (bool, error) {
	matches, err := parseHash(text)
	if err != nil {
		return false, err
	}
	select {
	case r.slow <- struct{}{}:
		defer func() { <-r.slow }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return matches(string(secret)), nil
}

// RenewSecret implements [delegation.SecretRenewer].
func (r *Registry) RenewSecret(ctx context.Context, clientID, secretID string, mac []byte) error {
	_, rootKeyID, err := r.pepper()
	if err != nil {
		return err
	}
	_, err = r.db.ExecContext(ctx, `UPDATE application_secrets SET mac = ?, root_key = ?, imported_hash = ''
		WHERE client_id = ? AND secret_id = ?`, hex.EncodeToString(mac), rootKeyID, clientID, secretID)
	if err != nil {
		return fmt.Errorf("registry: renewing a secret: %w", err)
	}
	return nil
}

// parseHash returns the comparison with a foreign hash. [*InvalidError].
func parseHash(text string) (matches func(secret string) bool, err error) {
	if strings.HasPrefix(text, "$2") {
		return parseBcrypt(text)
	}
	return parseDjango(text)
}

func unknownHash() error {
	return &InvalidError{"import_secret_hash", "is neither PBKDF2 as Django writes it (pbkdf2_sha256$iterations$salt$hash) nor bcrypt ($2b$…)"}
}

func parseBcrypt(text string) (func(string) bool, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || len(text) != 60 {
		return nil, unknownHash()
	}
	if cost > maxBcryptCost {
		return nil, &InvalidError{"import_secret_hash", fmt.Sprintf("has a bcrypt cost over %d", maxBcryptCost)}
	}
	return func(secret string) bool {
		return len(secret) <= maxBcryptText && bcrypt.CompareHashAndPassword([]byte(text), []byte(secret)) == nil
	}, nil
}

// parseDjango reads algorithm$iterations$salt$hash, the hash in base64.
func parseDjango(text string) (func(string) bool, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 4 {
		return nil, unknownHash()
	}
	digest, known := map[string]func() hash.Hash{"pbkdf2_sha256": sha256.New, "pbkdf2_sha1": sha1.New}[parts[0]]
	iterations, err := strconv.Atoi(parts[1])
	if !known || err != nil || iterations < 1 || parts[2] == "" {
		return nil, unknownHash()
	}
	if iterations > maxIterations {
		return nil, &InvalidError{"import_secret_hash", fmt.Sprintf("has more than %d iterations", maxIterations)}
	}
	want, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil || len(want) != digest().Size() {
		return nil, unknownHash()
	}
	return func(secret string) bool {
		got, err := pbkdf2.Key(digest, secret, []byte(parts[2]), iterations, len(want))
		return err == nil && subtle.ConstantTimeCompare(got, want) == 1
	}, nil
}
