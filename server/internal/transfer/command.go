package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"github.com/anteroom-go/anteroom/server/database"
)

// Command is "anteroom copy".
type Command struct {
	From string `help:"Database to read: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_COPY_FROM"`
	To   string `help:"Database to write, in which there is nothing yet. Required." placeholder:"URL" envar:"ANTEROOM_COPY_TO"`
}

// Help is the long help of the command.
func (Command) Help() string {
	return `Stop every server first: what they would write after the copy would not be in it.

    anteroom copy --from file:anteroom.db --to postgres://anteroom@db/anteroom

The root keys and the public URL must stay the same. The schema of the first database must be that of this program
(see: anteroom migrate); the second one gets it. If the command fails, nothing was copied.`
}

// Run copies, and prints how many rows of each table.
func (c *Command) Run(ctx context.Context, k *kong.Kong) error {
	if c.From == "" || c.To == "" {
		return errors.New("--from and --to are required")
	}
	for flag, url := range map[string]string{"--from": c.From, "--to": c.To} {
		if err := database.CheckOwner(ctx, url); err != nil {
			return fmt.Errorf("%s: %w", flag, err)
		}
	}
	from, err := database.OpenExisting(ctx, c.From)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer from.Close()
	to, err := database.Open(ctx, c.To)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer to.Close()
	copied, err := Copy(ctx, from, to)
	if err != nil {
		return err
	}
	return report(k.Stdout, copied)
}

func report(out io.Writer, copied []Copied) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, one := range copied {
		fmt.Fprintf(table, "%s\t%d\n", one.Table, one.Rows)
	}
	return table.Flush()
}
