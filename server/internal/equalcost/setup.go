package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// The imported secrets are those of LaSuite Meet, hashed as Django does it.
const (
	importedSecret = "a secret of another product"
	iterations     = 20_000
)

// credentials are an application's id and a secret of it.
type credentials struct {
	id     string
	secret delegation.Secret
}

func application() delegation.Application {
	return delegation.Application{
		Name: "Calendar", Scopes: scopes.NewSet(scopes.RoomsList),
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	}
}

// setup registers applications and keeps the first error.
type setup struct {
	ctx   context.Context
	world *world
	err   error
}

func (s *setup) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *setup) create(app delegation.Application) credentials {
	created, secret, err := s.world.registry.CreateApplication(s.ctx, app)
	s.note(err)
	return credentials{created.ClientID, secret}
}

// wrong returns the credentials of an application whose stored MAC is changed.
func (s *setup) wrong(app delegation.Application) credentials {
	c := s.create(app)
	_, err := s.world.db.ExecContext(s.ctx,
		tables.SQL(s.world.db, "UPDATE {application_secrets} SET mac = ? WHERE client_id = ?"),
		strings.Repeat("ab", sha256.Size), c.id)
	s.note(err)
	return c
}

func (s *setup) keys(n int) (keys []delegation.Key) {
	for range n {
		private, err := delegation.GenerateKey(jose.ES256)
		s.note(err)
		public, err := delegation.NewKey(private.Public)
		s.note(err)
		keys = append(keys, public)
	}
	return keys
}

func (s *setup) disable(clientID string) {
	_, err := s.world.registry.UpdateApplication(s.ctx, clientID, func(app *delegation.Application) error {
		app.Active = false
		return nil
	})
	s.note(err)
}

func (s *setup) endSecret(c credentials) {
	id, err := c.secret.ID()
	s.note(err)
	s.note(s.world.registry.DisableSecret(s.ctx, c.id, id))
}

func (s *setup) expiring(clientID string) delegation.Secret {
	_, secret, err := s.world.registry.AddSecret(s.ctx, clientID, "", s.world.now().Add(time.Minute))
	s.note(err)
	return secret
}

func (s *setup) imported(id string) credentials {
	key, err := pbkdf2.Key(sha256.New, importedSecret, []byte("salt"), iterations, sha256.Size)
	s.note(err)
	app := application()
	app.ClientID = id
	hash := fmt.Sprintf("pbkdf2_sha256$%d$salt$%s", iterations, base64.StdEncoding.EncodeToString(key))
	_, _, err = s.world.registry.ImportApplication(s.ctx, app, hash)
	s.note(err)
	return credentials{id: id}
}

// use gets a token with an imported secret, which replaces its hash.
func (s *setup) use(clientID string) {
	_, err := s.world.registry.AddUser(s.ctx, "alice@example.com")
	s.note(err)
	c := s.world.client("", "", clientID, importedSecret)
	response, err := s.world.http.Client().Post(c.url, "application/x-www-form-urlencoded", strings.NewReader(c.form()))
	s.note(err)
	if err == nil {
		s.note(response.Body.Close())
		if response.StatusCode != 200 {
			s.note(fmt.Errorf("the imported secret is answered by %s", response.Status))
		}
	}
}
