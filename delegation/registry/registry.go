package registry

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// Migrations holds the schema in goose's format, in the directory "migrations",
// one text for SQLite and PostgreSQL.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// What administration refuses, besides the not-found errors of package
// delegation and [*InvalidError].
var (
	ErrUserExists        = errors.New("registry: there is a user with this address")
	ErrApplicationExists = errors.New("registry: there is an application with this client id")
	ErrTooManySecrets    = errors.New("registry: the application has as many usable secrets as it may have")
	ErrRootKeyRequired   = errors.New("registry: this needs the root key")
	ErrKeyNotFound       = errors.New("registry: no such signing key")
	ErrRootKeyMismatch   = errors.New("registry: the root key does not open the signing keys of this database")
)

// InvalidError says which value of an administrative call is not acceptable.
type InvalidError struct {
	// Field is the value's name, as a word with underscores.
	Field string
	// Message says what is expected. It may repeat what an operator wrote.
	Message string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("registry: %s %s", e.Field, e.Message) }

// Config configures a [Registry].
type Config struct {
	// DB is the migrated database, or a host's transaction on it. Required.
	DB bun.IDB
	// RootKey peppers secrets and seals private keys. What needs neither works
	// without it; the rest is then ErrRootKeyRequired.
	RootKey delegation.RootKey
	// FormerRootKeys are those that RootKey replaced: they open what they
	// sealed, which is then sealed anew.
	FormerRootKeys []delegation.RootKey
	// Scopes are those that an application may be granted. Empty means
	// scopes.All().
	Scopes scopes.Set
	// Algorithm is what new signing keys are for: ES256, EdDSA or RS256. Empty
	// means ES256.
	Algorithm jose.SignatureAlgorithm
	// RotateEvery is how long a signing key signs before the next one takes
	// over by itself, at least an hour. Zero means DefaultRotation, less than
	// zero never.
	RotateEvery time.Duration
	// OnEvent receives what happens to signing keys, and the end of all tokens of
	// an application or of one delegation. Nil means nobody listens.
	OnEvent delegation.OnEvent
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Random is where client ids and secrets come from; nil means
	// crypto/rand.Reader. Anything else is for tests and demonstrations.
	Random io.Reader
}

// Registry is delegation.Applications, delegation.Users and
// delegation.Provisioner on SQL, and their administration. It is safe for
// concurrent use.
type Registry struct {
	config Config
	db     bun.IDB
	uses   *uses
	id     string        // tells this process from others
	slow   chan struct{} // holds one for each foreign hash that is being computed
}

// New returns a registry. It does not touch the database.
func New(config Config) (*Registry, error) {
	if config.Algorithm == "" {
		config.Algorithm = jose.ES256
	}
	if config.RotateEvery == 0 {
		config.RotateEvery = DefaultRotation
	}
	switch {
	case config.DB == nil:
		return nil, errors.New("registry: Config.DB is required")
	case config.Algorithm != jose.ES256 && config.Algorithm != jose.EdDSA && config.Algorithm != jose.RS256:
		return nil, errors.New("registry: Config.Algorithm must be ES256, EdDSA or RS256")
	case config.RotateEvery > 0 && config.RotateEvery < time.Hour:
		return nil, errors.New("registry: Config.RotateEvery must be at least an hour, or less than zero for never")
	}
	if config.Scopes.Empty() {
		config.Scopes = scopes.All()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	return &Registry{config: config, db: config.DB, uses: newUses(), id: rand.Text(), slow: make(chan struct{}, slowHashes)}, nil
}

func (r *Registry) now() time.Time { return r.config.Now().UTC().Truncate(time.Microsecond) }

// pepper returns the pepper of the secrets, and the id of the root key that it
// comes from.
func (r *Registry) pepper() (pepper delegation.Pepper, rootKeyID string, err error) {
	if r.config.RootKey.IsZero() {
		return pepper, "", ErrRootKeyRequired
	}
	if rootKeyID, err = r.config.RootKey.ID(); err != nil {
		return pepper, "", err
	}
	pepper, err = r.config.RootKey.Pepper()
	return pepper, rootKeyID, err
}

// storable reports whether a text from outside can be asked for: a database
// answers NUL and broken UTF-8 with an error, and we with "not found".
func storable(text string) bool {
	if text == "" || len(text) > 255 || !utf8.ValidString(text) {
		return false
	}
	for i := range len(text) {
		if text[i] == 0 {
			return false
		}
	}
	return true
}

// sought is what is asked for instead of a text that no row has: the empty one,
// which none has either.
func sought(text string) string {
	if !storable(text) {
		return ""
	}
	return text
}

// affected reports whether a statement changed anything.
func affected(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// inTx runs several statements as one.
func (r *Registry) inTx(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	return r.db.RunInTx(ctx, nil, do)
}
