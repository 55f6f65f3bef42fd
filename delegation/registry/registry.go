package registry

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/byhand"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/directory"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/imported"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/leasesql"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/remembered"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/uses"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Migrations holds the schema in goose's format, in the directory "migrations",
// one text for SQLite and PostgreSQL. Package tables expands the names of tables in it.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Errors of administration, besides the not-found errors of package delegation and [*ConfigError].
var (
	ErrUserExists        = errors.New("registry: there is a user with this address")
	ErrApplicationExists = errors.New("registry: there is an application with this client id")
	ErrTooManySecrets    = errors.New("registry: the application has as many usable secrets as it may have")
	ErrRootKeyRequired   = errors.New("registry: this needs the root key")
	ErrKeyNotFound       = errors.New("registry: no such signing key")
	ErrRootKeyMismatch   = errors.New("registry: the root key does not open the signing keys of this database")
)

// ConfigError names a value that is not acceptable: a field of [Config] or of a
// [delegation.Application], or an argument such as "Label" or "Email".
type ConfigError = delegation.ConfigError

// Config configures a [Registry].
type Config struct {
	// DB is the migrated database, or a host's transaction on it. It may carry
	// the names of the tables, see package tables. Required.
	DB bun.IDB
	// RootKeys store secrets and seal private keys. Zero is enough for what
	// needs neither; the rest returns ErrRootKeyRequired.
	RootKeys delegation.RootKeys
	// Scopes are those that an application may be granted. Empty means scopes.All().
	Scopes scopes.Set
	// Algorithm is what new signing keys are for: ES256, EdDSA or RS256. Empty means ES256.
	Algorithm jose.SignatureAlgorithm
	// RotateEvery is how long a signing key signs before the next one takes over by itself, at least an hour. Zero
	// means DefaultRotation, less than zero never.
	RotateEvery time.Duration
	// PublishFor is how long a new signing key is published before it signs, so that every verifier knows it by then:
	// at least MinPublication, and no longer than RotateEvery. Zero means DefaultPublication, or half of RotateEvery if
	// that is less. A key that takes the place of one that was compromised does not wait.
	PublishFor time.Duration
	// OnEvent receives every change that is recorded (see package audit), but not those of which the Authority tells: a
	// provisioned user, the end of one token. Nil means that events are dropped.
	OnEvent func(ctx context.Context, event delegation.Event)
	// RequestID returns the id of the request of a context, for the record of changes. Nil means that there is none.
	RequestID func(ctx context.Context) string
	// KeepAudit is how long the record of a change is kept, at least
	// audit.MinKeep. Zero means audit.DefaultKeep, less than zero for ever.
	KeepAudit time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Registry keeps applications, users and what the Authority learns on SQL, and administers them. It implements
// [delegation.Applications], [delegation.Users], [delegation.Provisioner], [delegation.Records] and
// [delegation.Assertions], and its [Keys] implement [delegation.Keys]. It is safe for concurrent use.
type Registry struct {
	config   Config
	db       bun.IDB
	uses     *uses.Memory
	imported *imported.Checker
	changes  recording.Recorder
	id       string // tells this process from others
	texts    *tables.Texts
	memory   *remembered.Memory // nil if there is no way to obey changes of others

	directory directory.Directory
}

var _ interface { // the compiler checks the contracts
	delegation.Applications
	delegation.Users
	delegation.Provisioner
	delegation.Records
	delegation.Assertions
} = (*Registry)(nil)

// New returns a registry. It touches the database only to find the names of the tables, if DB does not carry them, see
// package tables. It returns a [*ConfigError] for every field that is not acceptable, joined by errors.Join.
func New(config Config) (*Registry, error) {
	if config.Algorithm == "" {
		config.Algorithm = jose.ES256
	}
	if config.RotateEvery == 0 {
		config.RotateEvery = DefaultRotation
	}
	if config.PublishFor == 0 {
		config.PublishFor = defaultPublication(config.RotateEvery)
	}
	if config.KeepAudit == 0 {
		config.KeepAudit = audit.DefaultKeep
	}
	if config.Scopes.Empty() {
		config.Scopes = scopes.All()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	names, err := tables.Known(config.DB)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	texts := names.Texts()
	r := &Registry{config: config, db: config.DB, uses: uses.NewMemory(), id: rand.Text(),
		texts: texts, imported: imported.New(config.DB, texts, config.RootKeys, config.Now)}
	if r.memory, err = remembered.Of(config.DB, leasesql.New(config.DB, texts)); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	r.directory = directory.Directory{DB: config.DB, Texts: texts, Memory: r.memory}
	r.changes = recording.Recorder{DB: config.DB, RequestID: config.RequestID, Tell: r.tell, Await: r.memory.Await}
	return r, nil
}

func (c Config) validate() error {
	var faults []error
	if problem := byhand.Problem(c.DB); problem != "" {
		faults = append(faults, &ConfigError{Field: "DB", Problem: problem})
	}
	if c.Algorithm != jose.ES256 && c.Algorithm != jose.EdDSA && c.Algorithm != jose.RS256 {
		faults = append(faults, &ConfigError{Field: "Algorithm", Problem: "must be ES256, EdDSA or RS256"})
	}
	if c.RotateEvery > 0 && c.RotateEvery < time.Hour {
		faults = append(faults, &ConfigError{Field: "RotateEvery",
			Problem: "must be at least an hour, or less than zero for never"})
	}
	if c.KeepAudit > 0 && c.KeepAudit < audit.MinKeep {
		faults = append(faults, &ConfigError{Field: "KeepAudit", Problem: fmt.Sprintf("must be at least %v", audit.MinKeep)})
	}
	if problem := publicationProblem(c.PublishFor, c.RotateEvery); problem != "" {
		faults = append(faults, &ConfigError{Field: "PublishFor", Problem: problem})
	}
	return errors.Join(faults...)
}

func (r *Registry) now() time.Time { return r.config.Now().UTC().Truncate(time.Microsecond) }

// sql expands the names of tables in a statement, see package tables.
func (r *Registry) sql(text string) string { return r.texts.SQL(text) }

// tell reports an event.
func (r *Registry) tell(ctx context.Context, event delegation.Event) {
	if r.config.OnEvent != nil {
		r.config.OnEvent(ctx, event)
	}
}
