package registry

import (
	"context"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/internal/foreignhash"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

// ImportApplication registers an application under the client id that it had in another product. Its secret goes on
// working by the hash that the other product kept: PBKDF2 of Django, Hydra, passlib or Werkzeug, bcrypt bare, of Django
// or of passlib, or salted SHA-2. White space around it does not count. With an empty hash it gets a new secret, as
// from [Registry.CreateApplication]. It returns a [*ConfigError] for "SecretHash" if the hash is of another form, can
// match nothing or would take so long that others wait, ErrApplicationExists if the client id is taken, and what
// CreateApplication returns.
func (r *Registry) ImportApplication(ctx context.Context, app delegation.Application, secretHash string) (
	delegation.Application, delegation.Secret, error) {
	app.Generation = r.laterGeneration()
	if secretHash = strings.TrimSpace(secretHash); secretHash == "" {
		return r.withNewSecret(ctx, app)
	}
	if _, err := foreignhash.Parse(secretHash); err != nil {
		return delegation.Application{}, "", &ConfigError{Field: "SecretHash", Problem: err.Error()}
	}
	imported, err := r.register(ctx, app, audit.ApplicationImported, func(ctx context.Context, tx *recording.Tx) error {
		return r.insertSecretRow(ctx, tx, secretRow{ClientID: app.ClientID, SecretID: delegation.ImportedSecretID,
			ImportedHash: secretHash, CreatedAt: r.now()})
	})
	return imported, "", err
}

// CheckImportedSecret implements [delegation.Records]. A secret whose comparison
// is remembered costs a MAC, and one whose comparison is being made waits for that.
func (r *Registry) CheckImportedSecret(ctx context.Context, clientID string, secret delegation.Secret,
	admit func(context.Context) (done func(), err error)) (bool, error) {
	return r.imported.Check(ctx, rows.OrEmpty(clientID), secret, admit)
}
