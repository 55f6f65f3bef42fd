package delegation_test

import (
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

func TestExplainDecidesAsIssue(t *testing.T) {
	situations := map[string]func(h *house){
		"as registered":      func(*house) {},
		"disabled":           func(h *house) { h.application(func(a *delegation.Application) { a.Active = false }) },
		"without scopes":     func(h *house) { h.application(func(a *delegation.Application) { a.Scopes = scopes.Set{} }) },
		"nobody":             func(h *house) { h.application(func(a *delegation.Application) { a.Policy = delegation.Policy{} }) },
		"may provision":      func(h *house) { h.application(func(a *delegation.Application) { a.Provision = true }) },
		"may be undelegated": func(h *house) { h.application(func(a *delegation.Application) { a.Undelegated = true }) },
		"user disabled":      func(h *house) { h.directory.ChangeUser(h.alice.ID, func(u *delegation.User) { u.Active = false }) },
	}
	requests := []string{"alice@example.com", "alice@example.com rooms:list", "alice@example.com rooms:delete", "new@example.com",
		"alice@example.net", "", "rooms:list", "alice@example.com bob@example.com", "alice@localhost", "a  b"}
	for name, arrange := range situations {
		t.Run(name, func(t *testing.T) {
			for _, scope := range requests {
				is := is.New(t)
				h := newHouse(t)
				arrange(h)
				explanation, err := h.Explain(t.Context(), h.clientID, scope)
				is.NoErr(err)
				_, lookup := h.directory.UserByEmail(t.Context(), "new@example.com")
				is.True(errors.Is(lookup, delegation.ErrUserNotFound)) // nobody is created by asking
				token, err := h.issue(t, scope)
				is.Equal(explanation.Granted, err == nil)        // the same decision
				is.True(explanation.Scopes.Equal(token.Scopes))  // the same actions
				is.Equal(explanation.ExpiresIn, token.ExpiresIn) // the same life
				is.True(explanation.Text != "")                  // and words for it
				var refusal *delegation.Refusal
				if errors.As(err, &refusal) {
					is.Equal(explanation.Reason, refusal.Reason) // by the same rule
				}
				is.Equal(explanation.Provisioned, name == "may provision" && scope == "new@example.com")
			}
		})
	}
	is := is.New(t)
	explanation, err := newHouse(t).Explain(t.Context(), "app_unknown", "alice@example.com")
	is.NoErr(err)
	is.Equal(explanation.Reason, delegation.ReasonApplicationUnknown)
	h := newHouse(t)
	_, err = h.with(t, func(c *delegation.Config) { c.Users = brokenUsers{} }).Explain(t.Context(), h.clientID, "alice@example.com")
	is.True(errors.Is(err, errBroken)) // a directory that is away decides nothing
}
