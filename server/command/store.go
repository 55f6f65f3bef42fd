package command

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/opening"
	"github.com/anteroom-go/anteroom/server/internal/rootkeyfile"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// databaseFlag is where everything is kept.
type databaseFlag struct {
	Database string `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`

	stderr io.Writer
}

// AfterApply lets the flag warn.
func (f *databaseFlag) AfterApply(c *console) error { f.stderr = c.stderr; return nil }

// rootKeyFlag is where the root keys are.
type rootKeyFlag struct {
	RootKeyFile string `help:"File with the root key: 32 bytes in base64 or hexadecimal. Former root keys may follow it, each on a line: they open what is not sealed anew yet. $ANTEROOM_ROOT_KEY may hold the same; there is no flag for it, since other users of a machine can see arguments." placeholder:"FILE" envar:"ANTEROOM_ROOT_KEY_FILE"`
}

// given returns an error if the flag is missing.
func (f databaseFlag) given() error {
	if f.Database == "" {
		return usage.Errorf("--database (ANTEROOM_DATABASE_URL) is required")
	}
	return nil
}

// open opens a database that is there already, with the schema that this program knows.
func (f databaseFlag) open(ctx context.Context) (*bun.DB, error) {
	return opening.Flag(ctx, f.Database, f.stderr)
}

// withRegistry opens the registry for the length of use. The keys may be zero for what needs none.
func (f databaseFlag) withRegistry(
	ctx context.Context, keys delegation.RootKeys, use func(*registry.Registry) error) error {
	return f.withDB(ctx, func(db *bun.DB) error {
		reg, err := registry.New(registry.Config{DB: db, RootKeys: keys})
		if err != nil {
			return err
		}
		return use(reg)
	})
}

// withDB opens the database for the length of use.
func (f databaseFlag) withDB(ctx context.Context, use func(*bun.DB) error) error {
	db, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	return explain(use(db))
}

// load returns the root keys, or none if none is configured.
func (f rootKeyFlag) load(c *console) (delegation.RootKeys, error) {
	keys, err := rootkeyfile.Load(c.env(rootkeyfile.Variable), f.RootKeyFile, c.stderr)
	if errors.Is(err, rootkeyfile.ErrBoth) {
		err = usage.Errorf("%v", err)
	}
	return keys, err
}

// require is load for what cannot work without a root key.
func (f rootKeyFlag) require(c *console) (delegation.RootKeys, error) {
	keys, err := f.load(c)
	if err == nil && keys.IsZero() {
		err = usage.Errorf("a root key is required: ANTEROOM_ROOT_KEY or --root-key-file (ANTEROOM_ROOT_KEY_FILE)")
	}
	return keys, err
}

// named puts the setting before an error that is about it.
func named(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", setting, err)
}

// explain puts the errors of the registry into an operator's terms.
func explain(err error) error {
	if err := usage.InFlags(err); err != nil {
		return err
	}
	switch {
	case errors.Is(err, delegation.ErrApplicationNotFound):
		return errors.New("there is no application with this client id (see: anteroom app list)")
	case errors.Is(err, delegation.ErrSecretNotFound):
		return errors.New("the application has no secret with this id (see: anteroom app secret list)")
	case errors.Is(err, delegation.ErrUserNotFound):
		return errors.New("there is no user with this address (see: anteroom user list)")
	case errors.Is(err, registry.ErrApplicationExists):
		return errors.New("there is an application with this client id already")
	case errors.Is(err, registry.ErrUserExists):
		return errors.New("there is a user with this address already")
	case errors.Is(err, registry.ErrTooManySecrets):
		return fmt.Errorf("the application has %d usable secrets, and may not have more; disable one first",
			registry.MaxSecrets)
	}
	return err
}
