package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/lostkey"
	"github.com/anteroom-go/anteroom/server/internal/printing"
)

type keyCommands struct {
	List       keyList       `cmd:"" help:"List signing keys."`
	Rotate     keyRotate     `cmd:"" help:"Make the next signing key. It is published at once and signs a day later, when every verifier knows it."`
	Reseal     keyReseal     `cmd:"" help:"Seal the signing keys with the present root key, and print how many secrets still need a former one."`
	Compromise keyCompromise `cmd:"" help:"End a signing key at once: its tokens stop working, and another key signs."`

	Reset lostkey.Command `cmd:"" help:"Give up what only a lost root key opens: signing keys and secrets."`
}

type keyList struct {
	databaseFlag
	printing.Output
}

// Run lists signing keys.
func (k *keyList) Run(ctx context.Context, c *console) error {
	return k.withDB(ctx, func(db *bun.DB) error { return k.show(ctx, c, db) })
}

// show prints the signing keys.
func (k *keyList) show(ctx context.Context, c *console, db *bun.DB) error {
	reg, err := registry.New(registry.Config{DB: db})
	if err != nil {
		return err
	}
	keys, err := reg.SigningKeys(ctx)
	if err != nil {
		return err
	}
	views := printing.OfKeys(keys)
	return k.Print(c.stdout, views, func(w io.Writer) { printing.Keys(w, views) })
}

// keyChange is a command that changes the signing keys and lists them.
type keyChange struct {
	keyList
	rootKeyFlag
	SigningAlgorithm string `help:"Algorithm of a new key: ES256, EdDSA or RS256. Default ES256." enum:"ES256,EdDSA,RS256" default:"ES256" placeholder:"ALG" envar:"ANTEROOM_SIGNING_ALGORITHM"`
}

func (k *keyChange) change(ctx context.Context, c *console, publishFor time.Duration,
	change func(*registry.Registry) error) error {
	root, err := k.require(c)
	if err != nil {
		return err
	}
	db, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	reg, err := registry.New(registry.Config{DB: db, RootKeys: root,
		Algorithm: jose.SignatureAlgorithm(k.SigningAlgorithm), PublishFor: publishFor})
	if err != nil {
		return explain(err)
	}
	if _, err := reg.OpenKeys(ctx); err != nil { // the root key is the one of this database
		return err
	}
	if err := change(reg); err != nil {
		return err
	}
	return k.show(ctx, c, db)
}

type keyRotate struct {
	keyChange
	KeyPublication *flagvalue.Seconds `help:"How long it is published before it signs, at least 6m; brings a key forward that waits already. Default 24h." placeholder:"DURATION" envar:"ANTEROOM_KEY_PUBLICATION"`
}

// Run makes the next signing key.
func (k *keyRotate) Run(ctx context.Context, c *console) error {
	return k.change(ctx, c, orZero(k.KeyPublication), func(reg *registry.Registry) error { return reg.RotateKey(ctx) })
}

type keyReseal struct {
	databaseFlag
	rootKeyFlag
	printing.Output
}

// Help is the long help of the command.
func (keyReseal) Help() string {
	return `To replace the root key, without an interruption:

    1. Add the new root key on a second line below the present one, and restart every server.
    2. Swap the two lines, and restart every server. The first one seals from now on.
    3. When this command prints that no secret needs a former root key, remove the second line.

A secret moves over when it is used. One that is not used for long can be replaced (see: anteroom app secret rotate).`
}

// resealView is the outcome in JSON.
type resealView struct {
	Resealed int `json:"resealed_keys"`
	Left     int `json:"secrets_under_former_root_keys"`
}

// Run seals the signing keys anew.
func (k *keyReseal) Run(ctx context.Context, c *console) error {
	root, err := k.require(c)
	if err != nil {
		return err
	}
	return k.withRegistry(ctx, root, func(reg *registry.Registry) (err error) {
		var view resealView
		if view.Resealed, err = reg.Reseal(ctx); err != nil {
			return err
		}
		if view.Left, err = reg.SecretsUnderFormerKeys(ctx); err != nil {
			return err
		}
		return k.Print(c.stdout, view, func(w io.Writer) {
			fmt.Fprintf(w, "signing keys sealed anew\t%d\nsecrets that need a former root key\t%d\n", view.Resealed, view.Left)
		})
	})
}

type keyCompromise struct {
	keyChange
	ID string `arg:"" name:"key-id" help:"Id of the key (see: anteroom key list)."`
}

// Run ends a signing key.
func (k *keyCompromise) Run(ctx context.Context, c *console) error {
	return k.change(ctx, c, 0, func(reg *registry.Registry) error {
		err := reg.CompromiseKey(ctx, k.ID)
		if errors.Is(err, registry.ErrKeyNotFound) {
			return errors.New("there is no such signing key, or it has ended already (see: anteroom key list)")
		}
		return err
	})
}
