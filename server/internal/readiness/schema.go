package readiness

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
)

// KnownSchema returns an error if the last migration that was applied to the
// database is not the last one that this program has.
func KnownSchema(ctx context.Context, db *bun.DB) error {
	for _, set := range []struct {
		table string
		files fs.FS
	}{{"registry_migrations", registry.Migrations}, {"rooms_migrations", roomsql.Migrations}} {
		known, err := newest(set.files)
		if err != nil {
			return err
		}
		var applied int64
		err = db.NewRaw("SELECT COALESCE(max(version_id), 0) FROM ?", bun.Ident(set.table)).Scan(ctx, &applied)
		if err != nil {
			return err
		}
		if applied != known {
			return fmt.Errorf("%s has version %d, and this program knows %d", set.table, applied, known)
		}
	}
	return nil
}

// newest returns the version of the last migration.
func newest(files fs.FS) (newest int64, err error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("readiness: the migration %s has no version: %w", name, err)
		}
		newest = max(newest, version)
	}
	return newest, err
}
