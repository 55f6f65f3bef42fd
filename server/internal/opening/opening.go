// Package opening opens the database for the commands of the program.
package opening

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/migrate"
	"github.com/anteroom-go/anteroom/server/database/schema"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// servePatience is how long a server that starts waits for another process that migrates the database.
const servePatience = 10 * time.Minute

// Flag is Administration for the flag --database, which has to be given. Its errors name the flag.
func Flag(ctx context.Context, url string, warnings io.Writer) (*bun.DB, error) {
	if url == "" {
		return nil, usage.Errorf("--database (ANTEROOM_DATABASE_URL) is required")
	}
	db, err := Administration(ctx, url, warnings)
	if err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	return db, nil
}

// Administration opens a database that is there already, for a command that looks into it or changes what is in it.
// It migrates nothing, and returns an error with the remedy if the schema does not bear this program. It warns if the
// schema is newer.
func Administration(ctx context.Context, url string, warnings io.Writer) (*bun.DB, error) {
	if err := database.CheckOwner(ctx, url); err != nil {
		return nil, err
	}
	db, err := database.OpenExisting(ctx, url)
	if errors.Is(err, database.ErrNoFile) {
		return nil, fmt.Errorf("%w (to create it: anteroom migrate)", err)
	}
	if err != nil {
		return nil, err
	}
	sets, err := schema.Check(ctx, db)
	if err != nil {
		return nil, errors.Join(remedied(err), db.Close())
	}
	if err := admitted(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if schema.Newer(sets) {
		fmt.Fprintln(warnings, "anteroom: warning: the database is newer than this program, and bears it; upgrade it soon")
	}
	return db, nil
}

// Migration opens a database, creates it if it is a file that is not there, and brings its schema up to date. It waits
// so long for another process that does so.
func Migration(ctx context.Context, url string, logger *slog.Logger, patience time.Duration) (*bun.DB, error) {
	if err := database.CheckOwner(ctx, url); err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := (migrate.Migrator{Logger: logger, Patience: patience}).Up(ctx, db); err != nil {
		return nil, errors.Join(remedied(err), db.Close())
	}
	return db, nil
}

// Serving is Migration for a server. A file that is created is worth a warning, unless it is for a try: the right one
// may have been moved away, or its volume may not be mounted.
func Serving(ctx context.Context, url string, logger *slog.Logger, try bool) (*bun.DB, error) {
	if err := database.CheckOwner(ctx, url); err != nil {
		return nil, err
	}
	if strings.HasPrefix(url, "file:") && !try {
		if err := warnOfNew(ctx, url, logger); err != nil {
			return nil, err
		}
	}
	db, err := Migration(ctx, url, logger, servePatience)
	if err != nil {
		return nil, err
	}
	if err := admitted(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// warnOfNew warns if there is no file yet.
func warnOfNew(ctx context.Context, url string, logger *slog.Logger) error {
	db, err := database.OpenExisting(ctx, url)
	if errors.Is(err, database.ErrNoFile) {
		logger.WarnContext(ctx, "there is no database file: a new and empty one is created")
		return nil
	}
	if err != nil {
		return err
	}
	return db.Close()
}

// admission is the key under which a context carries who is admitted.
type admission struct{}

// Admit returns a context in which a database that is there is opened for a command, or for
// a server, only if admit returns no error.
func Admit(ctx context.Context, admit func(context.Context, *bun.DB) error) context.Context {
	return context.WithValue(ctx, admission{}, admit)
}

func admitted(ctx context.Context, db *bun.DB) error {
	if admit, ok := ctx.Value(admission{}).(func(context.Context, *bun.DB) error); ok {
		return admit(ctx, db)
	}
	return nil
}

// remedied returns an error of a schema with what an operator can do about it.
func remedied(err error) error {
	switch {
	case errors.Is(err, migrate.ErrNewer):
		return fmt.Errorf("%w (use the program that migrated the database, or a later one)", err)
	case errors.Is(err, migrate.ErrEmpty), errors.Is(err, migrate.ErrOlder):
		return fmt.Errorf("%w (run: anteroom migrate)", err)
	case errors.Is(err, migrate.ErrLocked):
		return fmt.Errorf("%w (if none is, end the session or the process that holds its lock)", err)
	}
	return err
}
