package registry

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/internal/foreignhash"
)

// ImportApplication registers an application under the client id that it had in
// another product. Its secret goes on working by the hash that the other product
// kept: PBKDF2 of Django, Hydra, passlib or Werkzeug, bcrypt bare, of Django or of
// passlib, or salted SHA-2. White space around it does not count. With an empty hash
// it gets a new secret, as from [Registry.CreateApplication]. It returns a
// [*ConfigError] for "SecretHash" if the hash is of another form, can match nothing or
// would take so long that others wait, ErrApplicationExists if the client id is taken,
// and what CreateApplication returns.
func (r *Registry) ImportApplication(ctx context.Context, app delegation.Application, secretHash string) (
	delegation.Application, delegation.Secret, error) {
	app.Generation = r.laterGeneration()
	if secretHash = strings.TrimSpace(secretHash); secretHash == "" {
		return r.createApplication(ctx, app)
	}
	if _, err := foreignhash.Parse(secretHash); err != nil {
		return delegation.Application{}, "", &ConfigError{Field: "SecretHash", Problem: err.Error()}
	}
	imported, err := r.register(ctx, app, func(ctx context.Context, tx bun.Tx) error {
		return insertSecretRow(ctx, tx, secretRow{ClientID: app.ClientID, SecretID: delegation.ImportedSecretID,
			ImportedHash: secretHash, CreatedAt: r.now()})
	})
	return imported, "", err
}

// importedRow is what is kept of the imported secret of a client id, which may be
// nothing, and a hash of any application.
type importedRow struct {
	MAC   string `bun:"mac"`   // hexadecimal; empty before the first use
	Hash  string `bun:"hash"`  // empty after the first use, and of a secret that cannot be used
	Decoy string `bun:"decoy"` // empty if no application has a hash any more
}

// compared returns the hash with which a secret is compared: that of the client
// id or, without one, the decoy. The time does not tell which one it was, as long
// as all hashes cost the same.
func (row importedRow) compared() string {
	if row.Hash != "" {
		return row.Hash
	}
	return row.Decoy
}

// CheckImportedSecret implements [delegation.Records]. A secret whose comparison
// is remembered costs a MAC, and one whose comparison is being made waits for that.
func (r *Registry) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (done func(), err error)) (bool, error) {
	for {
		row, match, decided, err := r.checkCheaply(ctx, clientID, secret)
		if decided || err != nil {
			return match, err
		}
		end, ended := r.outcomes.Begin(row.compared(), clientID, string(secret))
		if end != nil {
			defer end()
			return r.checkSlowly(ctx, clientID, secret, admit)
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return false, fmt.Errorf("registry: waiting for a comparison: %w", ctx.Err())
		}
	}
}

// checkCheaply looks a secret up, and compares it by a MAC, if that decides.
func (r *Registry) checkCheaply(ctx context.Context, clientID string, secret delegation.Secret) (
	row importedRow, match, decided bool, err error) {
	if row, err = r.imported(ctx, clientID); err != nil {
		return row, false, false, err
	}
	match, decided, err = r.matchesCheaply(row, clientID, secret)
	return row, match, decided, err
}

// checkSlowly compares a secret by a hash when it is its turn, unless it was renewed in
// the meantime.
func (r *Registry) checkSlowly(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (done func(), err error)) (bool, error) {
	done, err := admit(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	row, match, decided, err := r.checkCheaply(ctx, clientID, secret)
	if decided || err != nil {
		return match, err
	}
	return r.matchesSlowly(row, clientID, secret)
}

// imported returns one row of the same shape for every client id.
func (r *Registry) imported(ctx context.Context, clientID string) (row importedRow, err error) {
	now := r.now()
	err = r.db.NewRaw(`SELECT COALESCE(s.mac, '') AS mac,
			COALESCE(CASE WHEN s.disabled_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > ?)
				THEN s.imported_hash END, '') AS hash,
			COALESCE((SELECT p.imported_hash FROM application_secrets AS p
				WHERE p.imported_hash <> '' AND p.client_id > '' AND p.disabled_at IS NULL
					AND (p.expires_at IS NULL OR p.expires_at > ?)
				ORDER BY p.client_id LIMIT 1), '') AS decoy
		FROM (SELECT 1 AS one) AS o
		LEFT JOIN application_secrets AS s ON s.client_id = ? AND s.secret_id = ?`,
		now, now, orEmpty(clientID), delegation.ImportedSecretID).Scan(ctx, &row)
	if err != nil {
		return importedRow{}, fmt.Errorf("registry: finding an imported secret: %w", err)
	}
	return row, nil
}

// matchesCheaply compares a secret by a MAC, if that decides.
func (r *Registry) matchesCheaply(row importedRow, clientID string, secret delegation.Secret) (
	match, decided bool, err error) {
	mac, err := hex.DecodeString(row.MAC)
	if err != nil {
		return false, false, fmt.Errorf("registry: reading a secret: %w", err)
	}
	if _, match = r.config.RootKeys.Matches(clientID, secret, mac); match {
		return true, true, nil
	}
	if row.compared() == "" {
		return false, true, nil
	}
	match, decided = r.outcomes.Outcome(row.compared(), clientID, string(secret))
	return match, decided, nil
}

// matchesSlowly compares a secret by a hash, and remembers the outcome.
func (r *Registry) matchesSlowly(row importedRow, clientID string, secret delegation.Secret) (bool, error) {
	matches, err := foreignhash.Parse(row.compared())
	if err != nil {
		return false, fmt.Errorf("registry: a stored hash %w", err)
	}
	match := matches(string(secret)) && row.Hash != "" // the decoy is another application's
	r.outcomes.Learn(row.compared(), clientID, string(secret), match)
	return match, nil
}
