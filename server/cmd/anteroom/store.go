package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/migrate"
)

// databaseFlag is where everything is kept.
type databaseFlag struct {
	Database string `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`
}

// rootKeyFlag is where the root keys are.
type rootKeyFlag struct {
	RootKeyFile string `help:"File with the root key: 32 bytes in base64 or hexadecimal. Former root keys may follow it, each on a line: they open what is not sealed anew yet. $ANTEROOM_ROOT_KEY may hold the same; there is no flag for it, since other users of a machine can see arguments." placeholder:"FILE" envar:"ANTEROOM_ROOT_KEY_FILE"`
}

// open opens the database and brings its schema up to date. If another process
// keeps it waiting, standard error tells.
func (f databaseFlag) open(ctx context.Context, c *console) (*bun.DB, error) {
	if f.Database == "" {
		return nil, usagef("--database (ANTEROOM_DATABASE_URL) is required")
	}
	db, err := database.Open(ctx, f.Database)
	if err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	migrator := migrate.Migrator{Logger: slog.New(slog.NewTextHandler(c.stderr, nil))}
	if err := migrator.Up(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("--database: %w", err), db.Close())
	}
	return db, nil
}

// withRegistry opens the registry for the length of use. The keys may be zero for what needs none.
func (f databaseFlag) withRegistry(
	ctx context.Context, c *console, keys delegation.RootKeys, use func(*registry.Registry) error,
) error {
	return f.withDB(ctx, c, func(db *bun.DB) error {
		reg, err := registry.New(registry.Config{DB: db, RootKeys: keys})
		if err != nil {
			return err
		}
		return use(reg)
	})
}

// withDB opens the database for the length of use.
func (f databaseFlag) withDB(ctx context.Context, c *console, use func(*bun.DB) error) error {
	db, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	return explain(use(db))
}

// load returns the root keys, or none if none is configured.
func (f rootKeyFlag) load(c *console) (delegation.RootKeys, error) {
	text := c.env("ANTEROOM_ROOT_KEY")
	switch {
	case text != "" && f.RootKeyFile != "":
		return delegation.RootKeys{}, usagef("both ANTEROOM_ROOT_KEY and --root-key-file (ANTEROOM_ROOT_KEY_FILE) are set")
	case text != "":
		return parseRootKeys("ANTEROOM_ROOT_KEY", text)
	case f.RootKeyFile == "":
		return delegation.RootKeys{}, nil
	}
	return readRootKeys(c, f.RootKeyFile)
}

// require is load for what cannot work without a root key.
func (f rootKeyFlag) require(c *console) (delegation.RootKeys, error) {
	keys, err := f.load(c)
	if err == nil && keys.IsZero() {
		err = usagef("a root key is required: ANTEROOM_ROOT_KEY or --root-key-file (ANTEROOM_ROOT_KEY_FILE)")
	}
	return keys, err
}

func readRootKeys(c *console, path string) (delegation.RootKeys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return delegation.RootKeys{}, named("--root-key-file", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(c.stderr, "anteroom: warning: %s can be read by other users; chmod 600 it\n", path)
	}
	return parseRootKeys("--root-key-file", string(text))
}

func parseRootKeys(setting, text string) (delegation.RootKeys, error) {
	keys, err := delegation.ParseRootKeys(text)
	return keys, named(setting, err)
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
	if err := inFlags(err); err != nil {
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
