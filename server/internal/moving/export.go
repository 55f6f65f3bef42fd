package moving

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/moving/place"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

// Export is "anteroom export".
type Export struct {
	Database string   `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`
	Format   string   `help:"jsonl for one file of JSON Lines, or csv for a directory with a file of CSV for each kind. Default jsonl." default:"jsonl" enum:"jsonl,csv"`
	Only     []string `help:"Export these kinds alone, such as user,room. Repeat it, or separate them by commas." placeholder:"KIND"`
	Path     string   `arg:"" help:"The new file, or the new directory for csv. It must not exist. - is standard output."`
}

// Help is the long help of the command.
func (Export) Help() string {
	return `It writes one state of the database, also while servers use it. From SQLite to PostgreSQL:

    anteroom export --database file:anteroom.db everything.jsonl
    anteroom migrate --database postgres://anteroom@db/anteroom
    anteroom import --database postgres://anteroom@db/anteroom everything.jsonl

Stop every server first: what they would write after the export would not be in it. With the same root key and the same
public URL callers notice nothing (see also: anteroom copy, which does it in one step).

The file holds addresses, the PINs of rooms, the hashes of secrets and the sealed signing keys, so only its owner can
read it. Who has it and the root key can sign tokens. Delete it afterwards.`
}

// Run exports the database.
func (c *Export) Run(ctx context.Context, k *kong.Kong) error {
	ctx, stop := interruptible(ctx)
	defer stop()
	db, err := openDatabase(ctx, c.Database, k.Stderr)
	if err != nil {
		return err
	}
	defer db.Close()
	return snapshot(ctx, db, func(tx bun.IDB) error { return c.export(ctx, k, tx) })
}

// snapshot runs work in a transaction that sees one state of the database and keeps no one
// from writing.
func snapshot(ctx context.Context, db *bun.DB, work func(bun.IDB) error) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	begin := "BEGIN" // SQLite stays with the state of the first statement
	if db.Dialect().Name() == dialect.PG {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		return err
	}
	defer func() {
		_, end := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, end)
	}()
	return work(conn)
}

// export writes the kinds that are wanted.
func (c *Export) export(ctx context.Context, k *kong.Kong, tx bun.IDB) (err error) {
	kinds, total, err := c.kinds(ctx, tx)
	if err != nil {
		return err
	}
	progress := newBar(k.Stderr, total, false, "writing")
	defer progress.end()
	out, err := c.open(k.Stdout)
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		n, err := out.kind(ctx, tx, kind, progress)
		if err != nil {
			return errors.Join(err, out.discard())
		}
		fmt.Fprintf(k.Stderr, "%s\t%d\n", kind.Name, n)
	}
	return out.end()
}

// kinds returns the kinds that are wanted, and how many records there are of them.
func (c *Export) kinds(ctx context.Context, tx bun.IDB) (kinds record.Kinds, total int64, err error) {
	all, err := record.Of(ctx, tx)
	if err != nil {
		return nil, 0, err
	}
	kinds = slices.DeleteFunc(slices.Clone(all), func(kind *record.Kind) bool {
		return len(c.Only) > 0 && !slices.Contains(words(c.Only), kind.Name)
	})
	for _, name := range words(c.Only) {
		if _, known := kinds.Kind(name); !known {
			return nil, 0, &Failure{fmt.Sprintf("--only: %q is no kind; the kinds are %s", name,
				strings.Join(all.Names(), ", ")), statusUsage}
		}
	}
	for _, kind := range kinds {
		n, err := tx.NewSelect().TableExpr("?", tables.Table(tx, kind.Table)).Count(ctx)
		if err != nil {
			return nil, 0, err
		}
		total += int64(n)
	}
	return kinds, total, nil
}

// output is where an export goes.
type output struct {
	path  string    // of the directory for CSV, or of the file; empty for standard output
	lines io.Writer // nil for CSV
	file  *os.File  // nil for CSV and standard output
}

// open makes the file or the directory, which only its owner can read.
func (c *Export) open(stdout io.Writer) (*output, error) {
	switch {
	case c.Format == "csv" && c.Path == "-":
		return nil, &Failure{"CSV is several files: name a directory", statusUsage}
	case c.Format == "csv":
		return &output{path: c.Path}, os.Mkdir(c.Path, 0o700)
	case c.Path == "-":
		return &output{lines: stdout}, nil
	}
	file, err := os.OpenFile(c.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	return &output{path: c.Path, lines: file, file: file}, err
}

// kind writes all records of a kind and returns how many.
func (o *output) kind(ctx context.Context, tx bun.IDB, kind *record.Kind, progress bar) (n int, err error) {
	var writer record.Writer
	if o.lines != nil {
		writer = record.NewLines(o.lines)
	} else {
		file, err := os.OpenFile(filepath.Join(o.path, kind.Name+".csv"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, file.Sync(), file.Close()) }()
		if writer, err = record.NewTable(file, kind); err != nil {
			return 0, err
		}
	}
	err = place.Each(ctx, tx, kind, func(r record.Record) error {
		n++
		_ = progress.Add(1)
		return writer.Write(r)
	})
	return n, errors.Join(err, writer.Flush())
}

// end puts everything on the disk.
func (o *output) end() error {
	if o.file == nil {
		return nil
	}
	return errors.Join(o.file.Sync(), o.file.Close())
}

// discard removes what is not whole.
func (o *output) discard() error {
	if o.path == "" {
		return nil
	}
	if o.file != nil {
		_ = o.file.Close()
	}
	return os.RemoveAll(o.path)
}
