package moving

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/internal/moving/lasuite"
	"github.com/anteroom-go/anteroom/server/internal/moving/place"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
	"github.com/anteroom-go/anteroom/server/internal/opening"
)

// flags are those of every import.
type flags struct {
	Database string `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`
	DryRun   bool   `help:"Import nothing: tell what would become of each record. On SQLite others wait to write meanwhile."`
	Update   bool   `help:"Give what is there and differs the values of the file. Otherwise it stays, and is reported as a conflict."`
	Report   string `help:"File for a line of JSON on each record that was not imported as it is, with the reason. It is replaced if it is there." placeholder:"FILE"`
}

// Import is "anteroom import".
type Import struct {
	flags
	File string `arg:"" help:"File to import; - is standard input."`

	DelegateAny  bool     `help:"Applications of LaSuite Meet that have no domains may act for any user, as they may there. Without it, for none."`
	PublicSuffix bool     `name:"allow-public-suffix" help:"Take domains of LaSuite Meet's applications over that are public suffixes, in which anyone may get an address. Without it they are left out."`
	Provision    bool     `help:"Applications of LaSuite Meet may create users who are not known yet, as APPLICATION_ALLOW_USER_CREATION lets them there."`
	Reach        string   `help:"Rooms that applications of LaSuite Meet see: user, all of their users, as there; or own, those that they will create. Default user." default:"user" enum:"user,own"`
	Source       string   `help:"What rooms of LaSuite Meet are said to be created by. Default lasuite-meet." default:"lasuite-meet" placeholder:"ID"`
	Only         []string `help:"Import these kinds alone, such as user,room. Repeat it, or separate them by commas." placeholder:"KIND"`
}

// Help is the long help of the command.
func (Import) Help() string {
	return `The file is what LaSuite Meet writes, or what anteroom export wrote, or JSON Lines or CSV of your own
(server/MOVING.md has the form); it may be compressed by gzip or bzip2. For LaSuite Meet:

    python manage.py dumpdata core --output dump.json.gz
    anteroom import --dry-run --report left-out.jsonl dump.json.gz
    anteroom import --report left-out.jsonl dump.json.gz

Such a file, and the report, hold addresses and the hashes of secrets: keep them from others (chmod 600), and delete
them afterwards.

Records are imported some thousand at a time, each time all or none. If the command is interrupted, run it again: what
is there already is passed over. Every program on the database should be of this version.

It ends with status 0 if everything in the file is there, 3 if some records were left out or are in conflict with what
is there, 1 if it failed before the end, and 2 if it was called wrongly.`
}

// Run imports the file.
func (c *Import) Run(ctx context.Context, k *kong.Kong, stdin io.Reader) error {
	options := lasuite.Options{DelegateAny: c.DelegateAny, PublicSuffixes: c.PublicSuffix, Provision: c.Provision,
		Reach: delegation.Reach(c.Reach), Source: rooms.Source{Kind: "import", ID: c.Source, Name: c.Source}}
	return job{flags: c.flags, path: c.File, only: words(c.Only), options: options}.run(ctx, k, stdin)
}

// Users is "anteroom user import".
type Users struct {
	flags
	File string `arg:"" optional:"" default:"-" help:"File to import. Default -, which is standard input."`
}

// Help is the long help of the command.
func (Users) Help() string {
	return `The file has an address on each line; or it is CSV whose first line names its columns (email, and if you like
id, active and created_at); or what anteroom import reads, of which the users alone are taken. For example:

    psql -At -c 'SELECT email FROM people' | anteroom user import

Users who are there already are passed over. The statuses are those of anteroom import.`
}

// Run imports the users in the file.
func (c *Users) Run(ctx context.Context, k *kong.Kong, stdin io.Reader) error {
	return job{flags: c.flags, path: c.File, only: []string{record.User}}.run(ctx, k, stdin)
}

// job is one import.
type job struct {
	flags
	path    string
	only    []string
	options lasuite.Options
}

func words(values []string) []string {
	return strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// interruptible returns a context that ends when the program is told to. Statements take
// the time that they need.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(session.Silence(ctx, 0), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
}

// openDatabase opens the database that a flag names.
func openDatabase(ctx context.Context, url string, stderr io.Writer) (*bun.DB, error) {
	if url == "" {
		return nil, &Failure{"--database (ANTEROOM_DATABASE_URL) is required", statusUsage}
	}
	db, err := opening.Administration(ctx, url, stderr)
	if err != nil {
		return nil, fmt.Errorf("--database: %w", err)
	}
	return db, nil
}

// errDry undoes a trial.
var errDry = errors.New("this was a trial")

// run opens what an import needs, imports, and prints the summary.
func (j job) run(ctx context.Context, k *kong.Kong, stdin io.Reader) error {
	ctx, stop := interruptible(ctx)
	defer stop()
	db, err := openDatabase(ctx, j.Database, k.Stderr)
	if err != nil {
		return err
	}
	defer db.Close()
	report, err := newReport(j.Report)
	if err != nil {
		return err
	}
	err = j.all(ctx, db, k.Stderr, stdin, report)
	if ctx.Err() != nil {
		err = errors.New("interrupted; what was imported is there: run it again")
	}
	if err := errors.Join(err, report.print(k.Stderr), report.close()); err != nil {
		return err
	}
	if n := report.incomplete(); n > 0 {
		return &Failure{counted(n, "records were left out or are in conflict with what is there"), statusIncomplete}
	}
	return nil
}

// all imports the file, or tries to.
func (j job) all(ctx context.Context, db *bun.DB, stderr io.Writer, stdin io.Reader, report *report) error {
	var progress bar
	in, err := openInput(j.path, stdin, func(size int64) io.Writer {
		progress = newBar(stderr, size, true, "reading")
		return progress
	})
	if err != nil {
		return fmt.Errorf("reading %s: %w", j.path, err)
	}
	defer in.Close()
	defer progress.end()
	if !j.DryRun { // an update may take something away
		return errors.Join(j.load(ctx, db, in, report), registry.Await(ctx, db))
	}
	if err := j.try(ctx, db, in, report); err != nil {
		return err
	}
	fmt.Fprintln(stderr, "anteroom: this is what would be; nothing was imported")
	return nil
}

// try imports the file in a transaction, which it undoes.
func (j job) try(ctx context.Context, db *bun.DB, in *input, report *report) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if err := j.load(ctx, tx, in, report); err != nil {
			return err
		}
		return errDry
	})
	if errors.Is(err, errDry) {
		return nil
	}
	return err
}

// load imports a file into a database, or into a transaction.
func (j job) load(ctx context.Context, db bun.IDB, in *input, report *report) error {
	kinds, err := record.Of(ctx, db)
	if err != nil {
		return err
	}
	for _, name := range j.only {
		if _, known := kinds.Kind(name); !known {
			return &Failure{fmt.Sprintf("--only: %q is no kind; the kinds are %s", name, strings.Join(kinds.Names(), ", ")),
				statusUsage}
		}
	}
	writer, err := place.NewWriter(db, j.Update, time.Now())
	if err != nil {
		return err
	}
	b := batch{ctx: ctx, writer: writer, report: report, only: j.only}
	if err := j.read(ctx, in, kinds, report, b.take); err != nil {
		return errors.Join(b.flush(), err) // what was read before is good
	}
	return b.flush()
}

// read reads the records of a file in its form.
func (j job) read(ctx context.Context, in *input, kinds record.Kinds, report *report, yield record.Yield) (err error) {
	f, err := formOf(in.text)
	switch {
	case err != nil:
		return fmt.Errorf("reading %s: %w", j.path, err)
	case f == ofTable:
		err = record.Table(in.text, kinds, yield)
	case f == ofAddresses:
		err = record.Addresses(in.text, kinds, yield)
	case f == ofLines:
		err = record.Lines(in.text, kinds, yield)
	default:
		report.others, err = lasuite.Read(ctx, in.text, kinds, j.options, yield)
	}
	return err
}

// batch collects records of one kind and puts them some thousand at a time.
type batch struct {
	ctx     context.Context
	writer  *place.Writer
	report  *report
	only    []string
	records []record.Record
}

// batchSize is how many records are one transaction.
const batchSize = 5000

func (b *batch) take(r record.Record, fault *record.Fault) error {
	if fault != nil {
		return b.fault(*fault)
	}
	if !b.wanted(r.Kind.Name) {
		return nil
	}
	if len(b.records) == batchSize || len(b.records) > 0 && b.records[0].Kind != r.Kind {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.records = append(b.records, r)
	return nil
}

func (b *batch) wanted(kind string) bool { return len(b.only) == 0 || slices.Contains(b.only, kind) }

// fault reports a record that does not come, or not as it is.
func (b *batch) fault(f record.Fault) error {
	if !b.wanted(f.Kind) {
		return nil
	}
	result := place.LeftOut
	if f.Changed {
		result = changed
	}
	return b.report.note(place.Outcome{Kind: f.Kind, Key: f.Key, Number: f.Number, Result: result, Reason: f.Reason})
}

// flush puts what was collected.
func (b *batch) flush() error {
	records := b.records
	b.records = nil
	if err := b.ctx.Err(); err != nil {
		return err
	}
	outcomes, err := b.writer.Put(b.ctx, records)
	if err != nil {
		return err
	}
	for _, outcome := range outcomes {
		if err := b.report.note(outcome); err != nil {
			return err
		}
	}
	return nil
}
