package auditing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/internal/opening"
)

// Commands are "anteroom audit".
type Commands struct {
	List   List   `cmd:"" help:"List changes, the newest first: who, what, on what, before and after."`
	Verify Verify `cmd:"" help:"Check that no row of the record was changed, removed, put in or moved; exits with 1 if one was."`
}

// database is a command on a database.
type database struct {
	Database string `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// do works on the database.
func (d database) do(ctx context.Context, k *kong.Kong, work func(*bun.DB) error) error {
	if d.Database == "" {
		return &Usage{"--database (ANTEROOM_DATABASE_URL) is required"}
	}
	db, err := opening.Administration(ctx, d.Database, k.Stderr)
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	defer db.Close()
	return work(db)
}

// print writes the value as JSON, or what text writes in columns.
func (d database) print(out io.Writer, value any, text func(io.Writer)) error {
	if d.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	text(table)
	return table.Flush()
}

// Usage is an error in how a command was called.
type Usage struct{ text string }

// Error returns the text.
func (u *Usage) Error() string { return u.text }

// Status returns the status with which the program ends.
func (u *Usage) Status() int { return 2 }

// List is "anteroom audit list".
type List struct {
	database
	Since string `help:"Changes since then: a duration before now, such as 7d or 12h, a date, or a time." placeholder:"WHEN"`
	App   string `help:"Changes of the application with this client id." placeholder:"ID"`
	User  string `help:"Changes of the user with this id." placeholder:"ID"`
	By    string `help:"Changes by the operator with this name; server for what the server does by itself." placeholder:"NAME"`
	Kind  string `help:"Changes of one kind, such as application.updated." placeholder:"KIND"`
	Limit int    `help:"How many, at most 1000. Default 100." default:"100" placeholder:"N"`
	After int64  `help:"Go on after the row with this number, the last one of the page before." placeholder:"ROW"`
}

// Help is the long help of the command.
func (List) Help() string {
	kinds := make([]string, len(audit.Kinds()))
	for i, kind := range audit.Kinds() {
		kinds[i] = string(kind)
	}
	return `For example, what alice did to an application in the last week:

    anteroom audit list --since 7d --by alice --app app_calendar

Rows hold addresses of users where an address was changed. The kinds are ` + strings.Join(kinds, ", ") + `.`
}

// Run lists changes.
func (l *List) Run(ctx context.Context, k *kong.Kong) error {
	query, err := l.query(time.Now())
	if err != nil {
		return err
	}
	return l.do(ctx, k, func(db *bun.DB) error {
		entries, more, err := audit.List(ctx, db, query)
		if err != nil {
			return err
		}
		views := make([]view, len(entries))
		for i, entry := range entries {
			views[i] = viewOf(entry)
		}
		if err := l.print(k.Stdout, views, func(out io.Writer) { table(out, views) }); err != nil || !more {
			return err
		}
		_, err = fmt.Fprintf(k.Stderr, "anteroom: there are more: --after %d\n", views[len(views)-1].Row)
		return err
	})
}

// query returns what the flags ask for.
func (l *List) query(now time.Time) (audit.Query, error) {
	since, err := past(l.Since, now)
	switch {
	case err != nil:
		return audit.Query{}, &Usage{"--since: " + err.Error()}
	case l.Kind != "" && !isKind(l.Kind):
		return audit.Query{}, &Usage{fmt.Sprintf("--kind: %q is no kind of a change (see: anteroom audit list -h)", l.Kind)}
	case l.Limit < 1 || l.Limit > audit.MaxPage:
		return audit.Query{}, &Usage{fmt.Sprintf("--limit must be 1 to %d", audit.MaxPage)}
	}
	return audit.Query{Since: since, ClientID: l.App, UserID: l.User, By: l.By, Kind: audit.Kind(l.Kind),
		After: l.After, Limit: l.Limit}, nil
}

// Verify is "anteroom audit verify".
type Verify struct {
	database
	Head []string `help:"A head that was noted before: the row with its number must be there, and have its hash. May be repeated." placeholder:"ROW:HASH" sep:"none"`
}

// Help is the long help of the command.
func (Verify) Help() string {
	return `Each row has a hash over itself and the row before, and the last hash is kept apart. So it shows if a row was
changed, removed, put in or moved. Rows that are forgotten because their time is over leave a row that tells where the
record begins.

Who may write to the whole database can make every hash anew. So note the head that this command prints, elsewhere, and
give it again:

    anteroom audit verify --head 1042:6f2c…

Every row up to that one is then as it was when the head was noted.`
}

// verified is the outcome in JSON.
type verified struct {
	Rows      int64    `json:"rows"`
	First     int64    `json:"first"`
	Head      string   `json:"head"`
	Unchecked []string `json:"unchecked_heads"`
}

// Run checks the record.
func (v *Verify) Run(ctx context.Context, k *kong.Kong) error {
	heads := make([]audit.Head, len(v.Head))
	for i, text := range v.Head {
		var err error
		if heads[i], err = audit.ParseHead(text); err != nil {
			return &Usage{fmt.Sprintf("--head: %q %v", text, err)}
		}
	}
	return v.do(ctx, k, func(db *bun.DB) error {
		report, err := audit.Verify(ctx, db, heads...)
		if err != nil {
			return err
		}
		outcome := verified{Rows: report.Rows, First: report.First, Unchecked: []string{}}
		if report.Rows > 0 {
			outcome.Head = report.Head.String()
		}
		for _, head := range report.Unchecked {
			outcome.Unchecked = append(outcome.Unchecked, head.String())
			fmt.Fprintf(k.Stderr, "anteroom: nothing is kept any more of row %d, which was noted\n", head.Seq)
		}
		return v.print(k.Stdout, outcome, func(out io.Writer) {
			fmt.Fprintf(out, "rows\t%d\nfirst\t%d\nhead\t%s\n", outcome.Rows, outcome.First, cmp.Or(outcome.Head, "none"))
		})
	})
}
