package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/internal/appflags"
	"github.com/anteroom-go/anteroom/server/internal/argv"
	"github.com/anteroom-go/anteroom/server/internal/auditing"
	"github.com/anteroom-go/anteroom/server/internal/buildinfo"
	"github.com/anteroom-go/anteroom/server/internal/completion"
	"github.com/anteroom-go/anteroom/server/internal/licenses"
	"github.com/anteroom-go/anteroom/server/internal/lostkey"
	"github.com/anteroom-go/anteroom/server/internal/manpage"
	"github.com/anteroom-go/anteroom/server/internal/moving"
	"github.com/anteroom-go/anteroom/server/internal/opening"
	"github.com/anteroom-go/anteroom/server/internal/probe"
	"github.com/anteroom-go/anteroom/server/internal/transfer"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// The exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
)

// commandSilence is how long a command waits for a sign of PostgreSQL.
const commandSilence = time.Minute

// anteroom is the name of the program without a host.
const anteroom = "anteroom"

const description = `The way in for external applications: they create and manage meeting rooms on behalf of your users.

    anteroom serve --dev    (try it out)

Connections and the server are configured by flags, or by the environment variables beside them; a flag wins.`

// commands is the command line.
type commands struct {
	Tables string `help:"Names of the tables: a schema before a dot (meet.), PostgreSQL only, or a prefix (meet_). Default: those that are there; new ones are in the schema anteroom, in SQLite anteroom_ comes before them." placeholder:"NAME" envar:"ANTEROOM_TABLES"`

	As string `help:"Name under which changes are recorded. Default: the user of the operating system." placeholder:"NAME"`

	Serve   serveCommand   `cmd:"" asks:"users,applications,signing keys,rooms" help:"Serve the API."`
	Migrate migrateCommand `cmd:"" help:"Create the database, or bring its schema up to date, and exit. serve does so as well; other commands do not."`
	Backup  backupCommand  `cmd:"" help:"Copy the SQLite database to a new file, also while servers use it."`
	App     appCommands    `cmd:"" help:"Administer applications. Changes count from the next request on, whichever server answers it."`
	User    userCommands   `cmd:"" help:"Administer the users for whom applications may act."`
	Room    roomCommands   `cmd:"" keeps:"rooms" help:"Look at the rooms of all applications, and delete them."`
	Token   tokenCommands  `cmd:"" asks:"users,applications,signing keys" help:"Look into tokens, and end them."`
	Key     keyCommands    `cmd:"" keeps:"signing keys" help:"Administer the keys that sign tokens."`
	Stats   statsCommand   `cmd:"" asks:"rooms" help:"Count rooms by day, week or month, for every source."`

	Audit auditing.Commands `cmd:"" help:"Show and check the record of every change by operators and by the server itself."`
	Probe probe.Command     `cmd:"" help:"Ask URLs until they answer as expected, or fail."`

	Copy   transfer.Command `cmd:"" help:"Copy a database into another one, such as a SQLite file into PostgreSQL."`
	Import moving.Import    `cmd:"" keeps:"users,applications,signing keys,rooms" help:"Import users, applications and rooms, from LaSuite Meet, JSON Lines or CSV."`
	Export moving.Export    `cmd:"" keeps:"users,applications,signing keys,rooms" help:"Export users, applications and rooms as JSON Lines or CSV."`

	Completion completion.Command `cmd:"" help:"Print the script with which a shell completes command lines."`
	Complete   completion.Query   `cmd:"" hidden:"" help:"Print what can stand at the end of a command line, for the scripts of shells."`
	Man        manpage.Command    `cmd:"" help:"Print the manual page."`
	Version    buildinfo.Command  `cmd:"" help:"Print the version; as JSON also the commit, the system and the schema that it knows."`
	Licenses   licenses.Command   `cmd:"" help:"Print the licences of everything that is linked into this program."`
}

// console is what a command may use of the world.
type console struct {
	env            func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	flush          func() // waits until what was printed has gone out

	tables  string // the names that --tables gives
	product Product
	host    Parts // what the host has of its own, once the database is open
	db      *bun.DB
}

// name is the program's.
func (c *console) name() string { return cmp.Or(c.product.Name, anteroom) }

// renamed puts the name of the program into a text about the program anteroom.
func (c *console) renamed(text string) string {
	return strings.NewReplacer(anteroom+" ", c.name()+" ", anteroom+":", c.name()+":").Replace(text)
}

// exit is what kong's exits are turned into, so that they unwind.
type exit int

// run is main without the globals. It returns the exit status.
func run(ctx context.Context, product Product, args []string, env func(string) string, stdin io.Reader, stdout,
	stderr io.Writer) (status int) {
	defer func() {
		if cause := recover(); cause != nil {
			code, ok := cause.(exit)
			if !ok {
				panic(cause)
			}
			status = int(code)
		}
	}()
	if len(args) == 0 || args[0] == "help" {
		args = append(args[min(1, len(args)):], "--help")
	}
	argv.WarnOfPassword(args, stderr)
	c := &console{env: trimmed(env), stdin: stdin, stdout: stdout, stderr: stderr, flush: func() {}, product: product}
	defer func() { c.flush() }()
	var line commands
	parser := kong.Must(&line,
		kong.Name(c.name()), kong.Description(description), kong.Writers(stdout, stderr),
		kong.Vars{"suffix": appflags.SuffixHelp},
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.Resolvers(kong.ResolverFunc(c.resolve)), kong.ValueFormatter(formatHelp),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Bind(c),
		kong.BindTo(by.Server(ctx), (*context.Context)(nil)), kong.BindTo(stdin, (*io.Reader)(nil)))
	command, err := parser.Parse(args)
	if err != nil {
		return c.fail(exitUsage, usageError(c.name(), err))
	}
	c.tables = line.Tables
	name(command, line.Tables)
	need := needsOf(command.Selected())
	ctx = opening.Admit(ctx, func(ctx context.Context, db *bun.DB) error { return c.admit(ctx, db, need) })
	if command.Command() != "serve" { // a command may take its time, but not for ever
		if ctx, err = auditing.As(session.Silence(ctx, commandSilence), line.As, c.env); err != nil {
			return c.fail(exitUsage, err)
		}
	} else {
		ctx = by.Server(ctx)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	switch err := command.Run(); {
	case errors.Is(err, errNo):
		return exitFailed
	case err != nil:
		return c.fail(exitFailed, err)
	}
	return 0
}

// name puts the names of tables into the URLs of databases, which every part of the program
// opens by.
func name(command *kong.Context, tables string) {
	for _, flag := range command.Flags() {
		if flag.Name == "database" && tables != "" && flag.Target.String() != "" {
			flag.Target.SetString(database.WithTables(flag.Target.String(), tables))
		}
	}
}

// errNo is the error of a command that was asked a question and has printed that the
// answer is no.
var errNo = errors.New("the answer is no")

// answered returns the error of a command that has printed the answer to a question.
func answered(yes bool, printing error) error {
	if printing == nil && !yes {
		return errNo
	}
	return printing
}

// trimmed returns the environment without white space around its values, such as
// the end of a line that came along from a file.
func trimmed(env func(string) string) func(string) string {
	return func(name string) string { return strings.TrimSpace(env(name)) }
}

// fail prints an error on one line.
func (c *console) fail(status int, err error) int {
	var wrong *usage.Error
	var failure *moving.Failure
	var audited *auditing.Usage
	switch {
	case errors.As(err, &wrong):
		status = exitUsage
	case errors.As(err, &failure):
		status = failure.Status()
	case errors.As(err, &audited):
		status = audited.Status()
	}
	text := strings.NewReplacer(":\n\t", ": ", "\n\t", "; ", "\n", "; ").Replace(lostkey.Explain(err).Error())
	fmt.Fprintln(c.stderr, c.renamed(anteroom+": "+text))
	return status
}

// usageError adds to kong's error where to read on.
func usageError(name string, err error) error {
	path := name
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		for _, step := range parse.Context.Path {
			if step.Command != nil {
				path += " " + step.Command.Name
			}
		}
	}
	return fmt.Errorf("%w (see: %s -h)", err, path)
}

// resolve finds the value of a flag in the environment, under the name in its
// envar tag.
func (c *console) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := flag.Tag.Get("envar")
	if name == "" || c.env(name) == "" {
		return nil, nil
	}
	return c.env(name), nil
}

// formatHelp adds the environment variable to the help of a flag.
func formatHelp(value *kong.Value) string {
	if name := value.Tag.Get("envar"); name != "" {
		return value.Help + " [$" + name + "]"
	}
	return value.Help
}
