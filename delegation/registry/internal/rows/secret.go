package rows

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
)

// Secret is a secret as SQL has it.
type Secret struct {
	bun.BaseModel `bun:"table:application_secrets,alias:s"`

	ClientID     string    `bun:"client_id,pk"`
	SecretID     string    `bun:"secret_id,pk"`
	MAC          string    `bun:"mac"` // hexadecimal
	RootKey      string    `bun:"root_key"`
	ImportedHash string    `bun:"imported_hash"`
	Label        string    `bun:"label"`
	CreatedAt    time.Time `bun:"created_at"`
	ExpiresAt    time.Time `bun:"expires_at,nullzero"`
	LastUsedAt   time.Time `bun:"last_used_at,nullzero"`
	DisabledAt   time.Time `bun:"disabled_at,nullzero"`
}

// Secret reads a row.
func (row Secret) Secret() (delegation.StoredSecret, error) {
	mac, err := hex.DecodeString(row.MAC)
	if err != nil {
		return delegation.StoredSecret{}, fmt.Errorf("registry: reading a secret: %w", err)
	}
	return delegation.StoredSecret{
		ID: row.SecretID, MAC: mac, Label: row.Label, Disabled: !row.DisabledAt.IsZero(),
		Imported:  row.SecretID == delegation.ImportedSecretID,
		ExpiresAt: UTC(row.ExpiresAt), CreatedAt: UTC(row.CreatedAt), LastUsedAt: UTC(row.LastUsedAt),
	}, nil
}

// UTC keeps the zero time zero.
func UTC(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
