// Package googlekey is "anteroom app google-key": the keys by which programs for Google's services ask for tokens.
package googlekey

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

	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/registry/googlekeys"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/internal/opening"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// Commands are "anteroom app google-key".
type Commands struct {
	Create Create `cmd:"" default:"withargs" help:"Make a key, and print its file once."`
	List   List   `cmd:"" help:"List the keys of an application, never their private parts."`
	End    End    `cmd:"" help:"End a key at once, for good. The tokens that it brought end by themselves (see: anteroom app revoke-tokens)."`
}

// database is a command on a database.
type database struct {
	Database string `help:"Database: file:PATH (SQLite) or postgres://… (PostgreSQL). Required." placeholder:"URL" envar:"ANTEROOM_DATABASE_URL"`
}

// do works on the keys in the database.
func (d database) do(ctx context.Context, k *kong.Kong, work func(*bun.DB, *googlekeys.Store) error) error {
	db, err := opening.Flag(ctx, d.Database, k.Stderr)
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := googlekeys.New(googlekeys.Config{DB: db})
	if err != nil {
		return err
	}
	return work(db, store)
}

// Create is "anteroom app google-key ID".
type Create struct {
	database
	URL      string `name:"url" help:"Public base URL of the server, where the key is good. Required." placeholder:"URL" envar:"ANTEROOM_URL"`
	BasePath string `help:"Path of the external API below the URL. Default /external-api/v1.0." placeholder:"PATH" envar:"ANTEROOM_BASE_PATH"`
	Label    string `help:"Note on the key." placeholder:"TEXT"`
	ID       string `arg:"" name:"client-id" help:"Client id of the application."`
}

// Help is the long help of the command.
func (Create) Help() string {
	return `The file is what Google's client libraries call a service-account key, and as secret as a client secret. It is
printed once; only its public part is kept.

    (umask 077; anteroom app google-key ID --url https://meet.example.org > key.json)

A program that was written for Google Meet uses it with the endpoint https://meet.example.org/google/ and the address
of a user as the subject, see serve --google.`
}

// Run makes a key, and prints its file.
func (c *Create) Run(ctx context.Context, k *kong.Kong) error {
	where, err := c.where()
	if err != nil {
		return err
	}
	return c.do(ctx, k, func(_ *bun.DB, store *googlekeys.Store) error {
		key, private, err := store.Add(ctx, c.ID, c.Label)
		if err != nil {
			return err
		}
		file, err := google.NewFile(c.ID, key, private, where.URL, where.API+"/application/token/")
		if err != nil {
			return err
		}
		text, err := file.Write()
		if err == nil {
			_, err = k.Stdout.Write(text)
		}
		return err
	})
}

// where returns where the key is good.
func (c *Create) where() (places.Places, error) {
	if c.URL == "" {
		return places.Places{}, usage.Errorf("--url (ANTEROOM_URL) is required")
	}
	url, err := places.PublicURL(c.URL)
	if err != nil {
		return places.Places{}, usage.Errorf("--url %v", err)
	}
	path := cmp.Or(strings.TrimRight(c.BasePath, "/"), server.DefaultBasePath)
	if !places.IsPath(path) {
		return places.Places{}, usage.Errorf("--base-path must be a path such as /external-api/v1.0")
	}
	return places.New(url, path)
}

// List is "anteroom app google-key list".
type List struct {
	database
	ID string `arg:"" name:"client-id" help:"Client id of the application."`
	printing.Output
}

// listed is a key in JSON.
type listed struct {
	KeyID      string     `json:"key_id"`
	Label      string     `json:"label"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	EndedAt    *time.Time `json:"ended_at"`
}

// Run lists keys.
func (l *List) Run(ctx context.Context, k *kong.Kong) error {
	return l.do(ctx, k, func(_ *bun.DB, store *googlekeys.Store) error {
		keys, err := store.All(ctx, l.ID)
		if err != nil {
			return err
		}
		views := make([]listed, len(keys))
		for i, key := range keys {
			views[i] = listed{key.ID, key.Label, key.CreatedAt, orNil(key.LastUsedAt), orNil(key.EndedAt)}
		}
		return l.Print(k.Stdout, views, func(w io.Writer) {
			fmt.Fprintln(w, "KEY ID\tCREATED\tLAST USED\tENDED\tLABEL")
			for _, v := range views {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", v.KeyID, v.CreatedAt.Format(time.RFC3339), printing.OrNever(v.LastUsedAt),
					printing.OrNever(v.EndedAt), printing.Shown(v.Label))
			}
		})
	})
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// End is "anteroom app google-key end".
type End struct {
	database
	ID    string `arg:"" name:"client-id" help:"Client id of the application."`
	KeyID string `arg:"" name:"key-id" help:"Id of the key (see: anteroom app google-key list)."`
}

// Run ends a key.
func (e *End) Run(ctx context.Context, k *kong.Kong) error {
	return e.do(ctx, k, func(_ *bun.DB, store *googlekeys.Store) error {
		err := store.End(ctx, e.ID, e.KeyID)
		if errors.Is(err, googlekeys.ErrKeyNotFound) {
			return errors.New("the application has no such key, or it has ended already (see: anteroom app google-key list)")
		}
		return err
	})
}
