package delegation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

func TestExplainDecidesAsIssue(t *testing.T) {
	situations := map[string]func(h *house){
		"as registered":  func(*house) {},
		"disabled":       func(h *house) { h.application(func(a *delegation.Application) { a.Active = false }) },
		"without scopes": func(h *house) { h.application(func(a *delegation.Application) { a.Scopes = scopes.Set{} }) },
		"no user": func(h *house) {
			h.application(func(a *delegation.Application) { a.Policy = delegation.Policy{} })
		},
		"may provision":      func(h *house) { h.application(func(a *delegation.Application) { a.Provision = true }) },
		"may be undelegated": func(h *house) { h.application(func(a *delegation.Application) { a.Undelegated = true }) },
		"delegation ended": func(h *house) {
			_ = h.directory.RevokeDelegation(context.Background(), h.clientID,
				h.alice.ID)
		},
		"opted out": func(h *house) { h.directory.OptOut(h.clientID, h.alice.ID) },
		"user disabled": func(h *house) {
			h.directory.ChangeUser(h.alice.ID,
				func(u *delegation.User) { u.Active = false })
		},
	}
	requests := []string{"alice@example.com", "alice@example.com rooms:list", "alice@example.com rooms:delete",
		"new@example.com",
		"alice@example.net", "", "rooms:list", "alice@example.com bob@example.com", "alice@localhost", "a  b"}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			for _, scope := range requests {
				is := is.New(t)
				h := newHouse(t)
				arrange(h)
				explained, explanation := h.Explain(t.Context(), h.clientID, scope)
				_, lookup := h.directory.UserByEmail(t.Context(), "new@example.com")
				is.True(errors.Is(lookup, delegation.ErrUserNotFound)) // asking creates no user
				issued, err := h.issue(t, scope)
				is.Equal(explanation, err) // the same decision by the same rule
				created := err == nil && name == "may provision" && scope == "new@example.com"
				is.Equal(err == nil && explained.Delegated && explained.User.ID == "", created) // a user who is not there yet
				if created {
					issued.User = explained.User
				}
				issued.Access, issued.ID = "", ""
				is.Equal(explained, issued) // the same token, unsigned
			}
		})
	}
}

func TestExplainRefuses(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	_, err := h.Explain(t.Context(), "app_unknown", "alice@example.com")
	is.Equal(reasonOf(err), delegation.ReasonApplicationUnknown)
	broken := h.with(t, func(c *delegation.Config) { c.Users = brokenUsers{} })
	_, err = broken.Explain(t.Context(), h.clientID, "alice@example.com")
	is.True(errors.Is(err, errBroken)) // a directory that is away decides nothing
	h.application(func(a *delegation.Application) { a.Provision = true })
	without := h.with(t, func(c *delegation.Config) { c.Provisioner = nil })
	_, err = without.Explain(t.Context(), h.clientID, "new@example.com")
	is.Equal(reasonOf(err), delegation.ReasonProvisioningImpossible)
}

// reasonOf returns the reason of a refusal.
func reasonOf(err error) delegation.Reason {
	var refusal *delegation.Refusal
	if !errors.As(err, &refusal) {
		return ""
	}
	return refusal.Reason
}
