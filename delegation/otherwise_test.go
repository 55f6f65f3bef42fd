package delegation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// twoReadings are credentials that may mean either of two secrets.
func twoReadings(clientID string, first, second delegation.Secret) delegation.TokenRequest {
	return delegation.TokenRequest{Scope: "alice@example.com", Credentials: delegation.Credentials{
		ClientID: clientID, ClientSecret: first,
		Otherwise: &delegation.Credentials{ClientID: clientID, ClientSecret: second}}}
}

func TestCredentialsOfTwoReadings(t *testing.T) {
	is := is.New(t)
	h := newHouse(t)
	const raw, decoded, wrong = "a+b%2F", "a b/", "x y"
	h.directory.ImportSecret(h.clientID, raw)
	var events []delegation.Event
	hashes := 0
	counting := &counted{Applications: h.directory}
	authority := h.with(t, func(c *delegation.Config) {
		c.Applications = counting
		c.Admit = func(context.Context, string, string) (func(), error) { hashes++; return func() {}, nil }
		c.OnEvent = func(_ context.Context, e delegation.Event) { events = append(events, e) }
	})
	for name, test := range map[string]struct {
		request delegation.TokenRequest
		reason  delegation.Reason // empty if there is a token
		named   bool
		hashes  int
		lookups int
	}{
		"the first is right":  {twoReadings(h.clientID, raw, decoded), "", true, 1, 3},
		"the second is right": {twoReadings(h.clientID, decoded, raw), "", true, 2, 4},
		"neither is":          {twoReadings(h.clientID, decoded, wrong), delegation.ReasonSecretWrong, true, 2, 2},
		"no such application": {twoReadings("app_unknown", decoded, wrong), delegation.ReasonApplicationUnknown, false, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			h.directory.ImportSecret(h.clientID, raw) // of which no MAC is known
			events, hashes, counting.lookups = nil, 0, 0
			_, err := authority.Issue(t.Context(), test.request)
			is.Equal(err == nil, test.reason == "")
			is.Equal(hashes, test.hashes)            // which depends on what was sent alone, if it is refused
			is.Equal(counting.lookups, test.lookups) // and so do these
			last := events[len(events)-1]
			is.Equal(last.Reason, test.reason)
			is.Equal(last.ClientID == h.clientID, test.named)
			refusals := 0
			for _, event := range events {
				if event.Kind == delegation.EventTokenRefused {
					refusals++
				}
			}
			is.Equal(refusals == 1, test.reason != "") // one decision
		})
	}
	events = nil
	unknown := twoReadings("app_unknown", decoded, wrong)
	unknown.Otherwise.ClientID = h.clientID
	_, err := authority.Issue(t.Context(), unknown)
	var refusal *delegation.Refusal
	is.True(errors.As(err, &refusal))
	is.Equal(refusal.Reason, delegation.ReasonSecretWrong) // the reading that names an application
	is.Equal(refusal.ClientID, h.clientID)
	away := h.with(t, func(c *delegation.Config) {
		c.Admit = func(context.Context, string, string) (func(), error) { return nil, errors.New("away") }
	})
	_, err = away.Issue(t.Context(), twoReadings(h.clientID, decoded, raw))
	is.True(err != nil && !errors.As(err, new(*delegation.Refusal))) // nothing is tried once a contract fails
}
