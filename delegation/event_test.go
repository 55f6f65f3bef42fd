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
		_, _ = authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: id, ClientSecret: secret}, Scope: scope})
	}
	ask(h.clientID, h.secret, "alice@example.com rooms:list")
	ask(h.clientID, h.secret, "new@example.com")
	ask(h.clientID, h.secret, "alice@example.net")
	ask("app_unknown", h.secret, "alice@example.com")
	var told []string
	for _, e := range events {
		told = append(told, fmt.Sprintf("%s %t %t %s %s", e.Kind, e.ClientID == h.clientID, e.UserID != "", e.Reason, e.Scopes))
	}
	is.Equal(told, []string{
		"token.issued true true  rooms:list",
		"user.provisioned false true  ",
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
	_, err := authority.Issue(t.Context(), delegation.TokenRequest{Credentials: delegation.Credentials{ClientID: h.clientID, ClientSecret: h.secret}, Scope: "alice@example.com"})
	is.True(errors.Is(err, errBroken))
	is.Equal(len(events), 0) // a directory that is away has decided nothing
}
