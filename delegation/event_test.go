package delegation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func TestEveryDecisionIsAnEvent(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	h.application(func(a *delegation.Application) { a.Provision = true })
	var events []delegation.Event
	authority := h.with(t, func(c *delegation.Config) {
		c.OnEvent = func(_ context.Context, e delegation.Event) { events = append(events, e) }
	})
	ask := func(id string, secret delegation.Secret, scope string) {
		_, _ = authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: id,
			ClientSecret: secret}, Scope: scope})
	}
	ask(h.clientID, h.secret, "alice@example.com rooms:list")
	ask(h.clientID, h.secret, "new@example.com")
	ask(h.clientID, h.secret, "alice@example.net")
	ask("app_unknown", h.secret, "alice@example.com")
	var told []string
	for _, e := range events {
		told = append(told, fmt.Sprintf("%s %t %t %s %s", e.Kind, e.ClientID == h.clientID, e.UserID != "", e.Reason,
			e.Scopes))
	}
	is.Equal(told, []string{
		"delegation.first_used true true  ",
		"token.issued true true  rooms:list",
		"user.provisioned true true  ",
		"delegation.first_used true true  ",
		"token.issued true true  rooms:create rooms:list",
		"token.refused true false address_not_covered ",
		"token.refused false false application_unknown ",
	}) // who, for whom, what and why
	text := fmt.Sprintf("%+v", events)
	is.True(!strings.Contains(text, "@") && !strings.Contains(text, string(h.secret))) // never an address or a secret

	events = nil
	authority = h.with(t, func(c *delegation.Config) {
		c.Users, c.OnEvent = brokenUsers{}, func(_ context.Context, e delegation.Event) { events = append(events, e) }
	})
	_, err := authority.Issue(t.Context(), h.request("alice@example.com"))
	is.True(errors.Is(err, errBroken))
	is.Equal(len(events), 0) // a directory that is away has decided nothing
}

func TestUsesAreTold(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	var events []delegation.Event
	authority := h.with(t, func(c *delegation.Config) {
		c.OnEvent = func(_ context.Context, e delegation.Event) {
			if e.Kind == delegation.EventFirstUse || e.Kind == delegation.EventSecretExpiring {
				events = append(events, e)
			}
		}
	})
	expiring := h.directory.AddSecret(h.clientID, delegation.StoredSecret{ExpiresAt: h.now.Add(1)})
	id, err := expiring.ID()
	is.NoErr(err)
	ask := func(secret delegation.Secret, scope string) error {
		request := h.request(scope)
		request.ClientSecret = secret
		_, err := authority.Issue(t.Context(), request)
		return err
	}
	is.True(ask(h.secret, "alice@example.net") != nil)
	is.Equal(len(events), 0) // a refusal is no use
	is.NoErr(ask(h.secret, "alice@example.com"))
	is.Equal(events, []delegation.Event{{Kind: delegation.EventFirstUse, ClientID: h.clientID, UserID: h.alice.ID}})
	events = nil
	is.NoErr(ask(h.secret, "alice@example.com"))
	is.Equal(len(events), 0) // only the first time
	is.NoErr(ask(expiring, "alice@example.com"))
	// who has to move on
	is.Equal(events, []delegation.Event{{Kind: delegation.EventSecretExpiring, ClientID: h.clientID, SecretID: id}})
	stored, err := h.directory.ApplicationSecret(t.Context(), h.clientID, id)
	is.NoErr(err)
	is.True(stored.LastUsedAt.Equal(h.now)) // the use is noted
	h.now = h.now.Add(1)
	events = nil
	is.True(ask(expiring, "alice@example.com") != nil)
	is.Equal(len(events), 0)
}
