package registry

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
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
// [Registry.CreateApplication]. It returns a [*ConfigError] for "SecretHash",
// ErrApplicationExists if the client id is taken, and what CreateApplication
// returns.
func (r *Registry) ImportApplication(ctx context.Context, app delegation.Application, secretHash string) (
	delegation.Application, delegation.Secret, error) {
	app.Generation = r.laterGeneration()
	if secretHash == "" {
		return r.createApplication(ctx, app)
	}
	if _, err := parseHash(secretHash); err != nil {
		return delegation.Application{}, "", err
	}
	imported, err := r.register(ctx, app, func(ctx context.Context, tx bun.Tx) error {
		return insertSecretRow(ctx, tx, secretRow{ClientID: app.ClientID, SecretID: delegation.ImportedSecretID,
			ImportedHash: secretHash, CreatedAt: r.now()})
	})
	return imported, "", err
}

// CheckImportedSecret implements [delegation.Records]. It computes few hashes at
// a time; the others wait.
func (r *Registry) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret) (bool, error) {
	row := secretRow{ClientID: orEmpty(clientID), SecretID: delegation.ImportedSecretID}
	err := r.db.NewSelect().Model(&row).WherePK().Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("registry: finding an imported secret: %w", err)
	case row.ImportedHash != "":
		return r.hasHash(ctx, secret, row.ImportedHash)
	}
	stored, err := row.secret() // renewed by another request in the meantime
	_, match := r.config.RootKeys.Matches(clientID, secret, stored.MAC)
	return match && err == nil, err
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

// parseHash returns the comparison with a foreign hash. It returns a
// [*ConfigError] for a text that is none that can be checked.
func parseHash(text string) (matches func(secret string) bool, err error) {
	if strings.HasPrefix(text, "$2") {
		return parseBcrypt(text)
	}
	return parseDjango(text)
}

func unknownHash() error {
	return &ConfigError{Field: "SecretHash",
		Problem: "is neither PBKDF2 as Django writes it (pbkdf2_sha256$iterations$salt$hash) nor bcrypt ($2b$…)"}
}

func parseBcrypt(text string) (func(string) bool, error) {
	cost, err := bcrypt.Cost([]byte(text))
	if err != nil || len(text) != 60 {
		return nil, unknownHash()
	}
	if cost > maxBcryptCost {
		return nil, &ConfigError{Field: "SecretHash", Problem: fmt.Sprintf("has a bcrypt cost over %d", maxBcryptCost)}
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
		return nil, &ConfigError{Field: "SecretHash", Problem: fmt.Sprintf("has more than %d iterations", maxIterations)}
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
