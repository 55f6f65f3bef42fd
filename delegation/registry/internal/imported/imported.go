// Package imported checks secrets of which a hash of another product is kept.
package imported

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/internal/foreignhash"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Checker checks imported secrets, and remembers the outcomes. It is safe for
// concurrent use.
type Checker struct {
	DB       bun.IDB
	RootKeys delegation.RootKeys
	Now      func() time.Time
	Texts    *tables.Texts

	outcomes *foreignhash.Memory
}

// New returns a Checker with an empty memory.
func New(db bun.IDB, texts *tables.Texts, rootKeys delegation.RootKeys, now func() time.Time) *Checker {
	return &Checker{DB: db, RootKeys: rootKeys, Now: now, Texts: texts, outcomes: foreignhash.NewMemory()}
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

// Check reports whether a secret is the imported one of a client id. It is
// [delegation.Records.CheckImportedSecret].
func (c *Checker) Check(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (done func(), err error)) (bool, error) {
	_, match, decided, err := c.checkCheaply(ctx, clientID, secret)
	if decided || err != nil {
		return match, err
	}
	done, err := admit(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	return c.checkSlowly(ctx, clientID, secret)
}

// checkCheaply looks a secret up, and compares it by a MAC, if that decides.
func (c *Checker) checkCheaply(ctx context.Context, clientID string, secret delegation.Secret) (
	row importedRow, match, decided bool, err error) {
	if row, err = c.imported(ctx, clientID); err != nil {
		return row, false, false, err
	}
	match, decided, err = c.matchesCheaply(row, clientID, secret)
	return row, match, decided, err
}

// checkSlowly compares a secret by a hash, unless it was renewed in the meantime or
// another request has just made the comparison.
func (c *Checker) checkSlowly(ctx context.Context, clientID string, secret delegation.Secret) (bool, error) {
	for {
		row, match, decided, err := c.checkCheaply(ctx, clientID, secret)
		if decided || err != nil {
			return match, err
		}
		end, ended := c.outcomes.Begin(row.compared(), clientID, string(secret))
		if end != nil {
			defer end()
			if match, known := c.outcomes.Outcome(row.compared(), clientID, string(secret)); known {
				return match, nil
			}
			return c.matchesSlowly(row, clientID, secret)
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return false, fmt.Errorf("registry: waiting for a comparison: %w", ctx.Err())
		}
	}
}

// imported returns one row of the same shape for every client id.
func (c *Checker) imported(ctx context.Context, clientID string) (row importedRow, err error) {
	now := c.Now().UTC().Truncate(time.Microsecond)
	err = c.DB.NewRaw(c.Texts.SQL(`SELECT COALESCE(s.mac, '') AS mac,
			COALESCE(CASE WHEN s.disabled_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > ?)
				THEN s.imported_hash END, '') AS hash,
			COALESCE((SELECT p.imported_hash FROM {application_secrets} AS p
				WHERE p.imported_hash <> '' AND p.client_id > '' AND p.disabled_at IS NULL
					AND (p.expires_at IS NULL OR p.expires_at > ?)
				ORDER BY p.client_id LIMIT 1), '') AS decoy
		FROM (SELECT 1 AS one) AS o
		LEFT JOIN {application_secrets} AS s ON s.client_id = ? AND s.secret_id = ?`),
		now, now, clientID, delegation.ImportedSecretID).Scan(ctx, &row)
	if err != nil {
		return importedRow{}, fmt.Errorf("registry: finding an imported secret: %w", err)
	}
	return row, nil
}

// matchesCheaply compares a secret by a MAC, if that decides.
func (c *Checker) matchesCheaply(row importedRow, clientID string, secret delegation.Secret) (
	match, decided bool, err error) {
	mac, err := hex.DecodeString(row.MAC)
	if err != nil {
		return false, false, fmt.Errorf("registry: reading a secret: %w", err)
	}
	if _, match = c.RootKeys.Matches(clientID, secret, mac); match {
		return true, true, nil
	}
	if row.compared() == "" {
		return false, true, nil
	}
	match, decided = c.outcomes.Outcome(row.compared(), clientID, string(secret))
	return match, decided, nil
}

// matchesSlowly compares a secret by a hash, and remembers the outcome.
func (c *Checker) matchesSlowly(row importedRow, clientID string, secret delegation.Secret) (bool, error) {
	matches, err := foreignhash.Parse(row.compared())
	if err != nil {
		return false, fmt.Errorf("registry: a stored hash %w", err)
	}
	match := matches(string(secret)) && row.Hash != "" // the decoy is another application's
	c.outcomes.Learn(row.compared(), clientID, string(secret), match)
	return match, nil
}
