// Package lostkey gives up what only a lost root key opens, so that the program
// starts with a new one.
package lostkey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/opening"
)

// Command is "anteroom key reset".
type Command struct {
	Database string `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`
	IsLost   bool   `name:"root-key-lost" help:"Confirm that there is no copy of the root key. Required."`
}

// Help is the long help of the command.
func (Command) Help() string {
	return `Without its root key the program neither starts, nor knows a secret. Look for every copy first: there is no way
back. Then:

    1. Stop every server.
    2. anteroom key reset --root-key-lost
    3. Make a new root key, and start the servers with it. They make a new signing key.
    4. Give every application a new secret: anteroom app secret add ID

All tokens end. Users, rooms, policies, and applications that sign assertions stay as they are.`
}

// Run gives up keys and secrets, and prints how many.
func (c *Command) Run(ctx context.Context, k *kong.Kong) error {
	switch {
	case c.Database == "":
		return errors.New("--database (ANTEROOM_DATABASE_URL) is required")
	case !c.IsLost:
		return errors.New("this cannot be undone: confirm with --root-key-lost (see: anteroom key reset -h)")
	}
	db, err := opening.Administration(ctx, c.Database, k.Stderr)
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	defer db.Close()
	given, err := Reset(ctx, db, time.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.Stdout, "signing keys ended  %d\nsecrets disabled    %d\n", given.Keys, given.Secrets)
	return err
}

// Explain adds what to do to an error that means that the root key is another one.
func Explain(err error) error {
	if !errors.Is(err, registry.ErrRootKeyMismatch) {
		return err
	}
	return fmt.Errorf("%w: give the one that they were made with, or, if it is lost, see: anteroom key reset -h", err)
}

// Given is how much was given up.
type Given struct {
	Keys    int // signing keys
	Secrets int // of applications
}

// Reset ends every signing key and disables every secret of which a MAC under the
// root key is kept. Secrets of another product that were not used yet go on: their
// hash does not depend on the root key.
func Reset(ctx context.Context, db *bun.DB, now time.Time) (given Given, err error) {
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		given, err = giveUp(ctx, tx, now.UTC().Truncate(time.Microsecond))
		if err != nil || given == (Given{}) {
			return err
		}
		return audit.Append(ctx, tx, audit.Change{Kind: audit.KeysGivenUp,
			After: audit.Values{"signing_keys_ended": given.Keys, "secrets_disabled": given.Secrets}})
	})
	if err != nil {
		return given, err
	}
	return given, registry.Await(ctx, db)
}

func giveUp(ctx context.Context, tx bun.Tx, now time.Time) (given Given, err error) {
	for _, one := range []struct {
		count *int
		sql   string
	}{
		{&given.Keys, `UPDATE {signing_keys} SET state = 'compromised', sealed = '', retired_at = ?
			WHERE state <> 'compromised' AND sealed <> ''`},
		{&given.Secrets, `UPDATE {application_secrets} SET disabled_at = ?
			WHERE disabled_at IS NULL AND imported_hash = ''`},
	} {
		result, err := tx.ExecContext(ctx, tables.SQL(tx, one.sql), now)
		if err != nil {
			return given, fmt.Errorf("giving up what the lost key opens: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return given, err
		}
		*one.count = int(n)
	}
	return given, nil
}
