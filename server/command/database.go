package command

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/backup"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/hosting"
	"github.com/anteroom-go/anteroom/server/internal/opening"
)

type migrateCommand struct {
	databaseFlag
	ForgetHost bool              `help:"Note that no program with users, applications, signing keys or rooms of its own serves the database any more."`
	Timeout    flagvalue.Seconds `help:"How long to wait for another process that migrates the database; 0 is for ever. The work itself has no time-out. Default 1m." default:"1m" placeholder:"DURATION"`
}

// Run applies the migrations. If another process keeps it waiting, standard error tells.
func (m *migrateCommand) Run(ctx context.Context, c *console) error {
	if err := m.given(); err != nil {
		return err
	}
	db, err := opening.Migration(ctx, m.Database, slog.New(slog.NewTextHandler(c.stderr, nil)), time.Duration(m.Timeout))
	if err != nil {
		return named("--database", err)
	}
	defer db.Close()
	if m.ForgetHost {
		return hosting.Keep(ctx, db, hosting.Note{})
	}
	return nil
}

type backupCommand struct {
	databaseFlag
	Path string `arg:"" help:"The new file. It must not exist."`
}

// Help is the long help of the command.
func (backupCommand) Help() string {
	return `The copy is whole, also while a server writes, and appears under its name when it is on the disk. To restore
it, stop every program that uses the database, move anteroom.db, anteroom.db-wal and anteroom.db-shm away, and copy the
backup to anteroom.db. The root key is not in it: keep that elsewhere. For PostgreSQL there is pg_dump.`
}

// Run copies the database.
func (b *backupCommand) Run(ctx context.Context, c *console) error {
	return b.withDB(ctx, func(db *bun.DB) error {
		if err := backup.Copy(ctx, db, b.Path); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.stdout, "backed up to %s\n", b.Path)
		return err
	})
}
