package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/anteroom-go/anteroom/server/database/schema"
)

// CheckOwner returns [schema.ErrForeign] if url names a SQLite file of another program. It
// changes nothing, while [Open] switches a file to write-ahead logging before anything
// can be known of it. Whatever else is wrong, Open reports.
func CheckOwner(ctx context.Context, url string) error {
	url, _ = splitTables(url)
	text, sqlite := strings.CutPrefix(url, "file:")
	if !sqlite {
		return nil
	}
	path, err := sqlitePath(text)
	if err != nil {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 || inWAL(path) {
		return nil
	}
	pool, err := sql.Open("sqlite", "file:"+escapePath(path)+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil
	}
	_, err = schema.Check(ctx, bun.NewDB(pool, sqlitedialect.New()))
	if err := pool.Close(); err != nil {
		return err
	}
	if errors.Is(err, schema.ErrForeign) {
		return fmt.Errorf("opening the database %s: %w", path, err)
	}
	return nil
}
