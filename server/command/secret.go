package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type secretCommands struct {
	Add     secretAdd     `cmd:"" help:"Give an application one more secret; prints it once."`
	Rotate  secretRotate  `cmd:"" help:"Give an application a new secret and let the others expire; prints it once."`
	List    secretList    `cmd:"" help:"List the secrets of an application: what identifies them, never the secrets."`
	Disable secretDisable `cmd:"" help:"Disable a secret for good."`
}

// newSecret is a command that prints a new secret.
type newSecret struct {
	oneApp
	rootKeyFlag
	Label string `help:"Note on the secret." placeholder:"TEXT"`
}

type adder func(reg *registry.Registry) (delegation.StoredSecret, delegation.Secret, error)

func (s newSecret) add(ctx context.Context, c *console, add adder) error {
	keys, err := s.require(c)
	if err != nil {
		return err
	}
	return s.withRegistry(ctx, keys, func(reg *registry.Registry) error {
		stored, secret, err := add(reg)
		if err != nil {
			return err
		}
		view := printing.OfSecret(stored, secret)
		return s.Print(c.stdout, view, func(w io.Writer) {
			fmt.Fprintf(w, "client secret\t%s  (shown only once)\nsecret id\t%s\nexpires\t%s\n", view.ClientSecret,
				view.SecretID, printing.OrNever(view.ExpiresAt))
		})
	})
}

type secretAdd struct {
	newSecret
	Expires flagvalue.Moment `help:"When it stops working: a date, a time, or a duration from now. Default: never." placeholder:"WHEN"`
}

// Run adds a secret.
func (s *secretAdd) Run(ctx context.Context, c *console) error {
	expires, err := s.Expires.At(time.Now())
	if err != nil {
		return usage.Errorf("--expires: %v", err)
	}
	return s.add(ctx, c, func(reg *registry.Registry) (delegation.StoredSecret, delegation.Secret, error) {
		return reg.AddSecret(ctx, s.ID, s.Label, expires)
	})
}

type secretRotate struct {
	newSecret
	Overlap flagvalue.Seconds `help:"How long the other secrets still work. Default 168h." default:"168h" placeholder:"DURATION"`
}

// Run rotates the secrets.
func (s *secretRotate) Run(ctx context.Context, c *console) error {
	return s.add(ctx, c, func(reg *registry.Registry) (delegation.StoredSecret, delegation.Secret, error) {
		return reg.RotateSecret(ctx, s.ID, s.Label, time.Duration(s.Overlap))
	})
}

type secretList struct{ oneApp }

// Run lists secrets.
func (s *secretList) Run(ctx context.Context, c *console) error {
	return s.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		list, err := reg.Secrets(ctx, s.ID)
		if err != nil {
			return err
		}
		views := make([]printing.Secret, len(list))
		for i, stored := range list {
			views[i] = printing.OfSecret(stored, "")
		}
		return s.Print(c.stdout, views, func(w io.Writer) {
			fmt.Fprintln(w, "SECRET ID\tDISABLED\tEXPIRES\tCREATED\tLAST USED\tLABEL")
			for _, v := range views {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", v.SecretID, printing.Yes(v.Disabled), printing.OrNever(v.ExpiresAt),
					v.CreatedAt.Format(time.RFC3339), printing.OrNever(v.LastUsedAt), printing.Shown(v.Label))
			}
		})
	})
}

type secretDisable struct {
	databaseFlag
	ID           string `arg:"" name:"client-id" help:"Client id of the application."`
	SecretID     string `arg:"" name:"secret-id" help:"Id of the secret: the ten characters after arsk_."`
	RevokeTokens bool   `help:"End all tokens of the application as well."`
}

// Run disables a secret.
func (s *secretDisable) Run(ctx context.Context, c *console) error {
	return s.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		if err := reg.DisableSecret(ctx, s.ID, s.SecretID); err != nil || !s.RevokeTokens {
			return err
		}
		return reg.RevokeApplication(ctx, s.ID)
	})
}
