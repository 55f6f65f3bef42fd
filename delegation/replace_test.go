package delegation_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

// TestEveryFieldDecides replaces each field of a working configuration alone,
// and shows that the replacement decides.
func TestEveryFieldDecides(t *testing.T) {
	h := newHouse(t)
	good := h.request("alice@example.com")
	token := h.token(t)
	issue := func(change func(*delegation.Config), request delegation.TokenRequest) (delegation.Token, error) {
		return h.with(t, change).Issue(t.Context(), request)
	}
	verify := func(change func(*delegation.Config)) error {
		_, err := h.with(t, change).Verify(t.Context(), token)
		return err
	}
	empty := delegationtest.NewDirectory(delegation.NewRootKeys())
	key, err := delegation.GenerateKey(jose.ES256)
	is.New(t).NoErr(err)
	keys, err := delegation.NewKeySet(key)
	is.New(t).NoErr(err)
	tests := map[string]func(is *is.I){
		"Issuer": func(is *is.I) {
			is.Equal(reasonOf(verify(func(c *delegation.Config) { c.Issuer += "/" })), delegation.ReasonIssuer)
		},
		"Audience": func(is *is.I) {
			is.Equal(reasonOf(verify(func(c *delegation.Config) { c.Audience += "/" })), delegation.ReasonAudience)
		},
		"RootKeys": func(is *is.I) {
			_, err := issue(func(c *delegation.Config) { c.RootKeys = delegation.NewRootKeys() }, good)
			is.Equal(reasonOf(err), delegation.ReasonSecretWrong)
		},
		"Applications": func(is *is.I) {
			err := verify(func(c *delegation.Config) { c.Applications = empty })
			is.Equal(reasonOf(err), delegation.ReasonApplicationUnknown)
		},
		"Users": func(is *is.I) {
			is.Equal(reasonOf(verify(func(c *delegation.Config) { c.Users = empty })), delegation.ReasonUserUnknown)
		},
		"Memory": func(is *is.I) {
			answers := true
			m := delegation.Config{}.Memory
			m.Users = empty
			m.Begin = func(ctx context.Context) (context.Context, bool) { return ctx, answers }
			remembering := h.with(t, func(c *delegation.Config) { c.Memory, c.Users = m, empty })
			_, err := remembering.Verify(t.Context(), token)
			is.Equal(reasonOf(err), delegation.ReasonUserUnknown) // neither knows the user
			m.Users = h.directory
			remembering = h.with(t, func(c *delegation.Config) { c.Memory, c.Users = m, empty })
			_, err = remembering.Verify(t.Context(), token)
			is.NoErr(err)
			_, err = remembering.Issue(t.Context(), good)
			is.NoErr(err)
			answers = false
			_, err = remembering.Verify(t.Context(), token)
			is.Equal(reasonOf(err), delegation.ReasonUserUnknown)
		},
		"Keys": func(is *is.I) {
			is.Equal(reasonOf(verify(func(c *delegation.Config) { c.Keys = keys })), delegation.ReasonKeyUnknown)
		},
		"Records": func(is *is.I) {
			request := good
			request.ClientSecret = "of-another-product"
			h.directory.ImportSecret(h.clientID, request.ClientSecret)
			_, err := issue(func(c *delegation.Config) { c.Records = empty }, request)
			is.Equal(reasonOf(err), delegation.ReasonSecretWrong)
			_, err = issue(func(c *delegation.Config) { c.Records = nil }, request)
			is.Equal(reasonOf(err), delegation.ReasonSecretMalformed)
			_, err = h.Issue(t.Context(), request)
			is.NoErr(err)
		},
		"Admit": func(is *is.I) {
			request := good
			request.ClientSecret, request.Origin = "never-seen-before", "192.0.2.0/24"
			full := errors.New("full")
			_, err := issue(func(c *delegation.Config) {
				c.Admit = func(_ context.Context, clientID, origin string) (func(), error) {
					is.Equal(clientID, h.clientID)   // who asks
					is.Equal(origin, request.Origin) // and from where
					return nil, full
				}
			}, request)
			is.True(errors.Is(err, full)) // its error is passed on
			_, err = issue(func(c *delegation.Config) { c.Admit = nil }, request)
			is.Equal(reasonOf(err), delegation.ReasonSecretMalformed) // nothing slow is ever done unasked
		},
		"Assertions": func(is *is.I) {
			s := newSigner(t)
			assertion := s.assert(nil, nil)
			is.NoErr(s.ask(t, assertion))
			request := delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: assertion},
				Scope: "alice@example.com"}
			_, err := s.with(t, func(c *delegation.Config) { c.Assertions = empty }).Issue(t.Context(), request)
			is.NoErr(err) // the other memory does not know of its use
			_, err = s.with(t, func(c *delegation.Config) { c.Assertions = nil }).Issue(t.Context(), request)
			is.Equal(reasonOf(err), delegation.ReasonAssertionsImpossible)
		},
		"GoogleKeys": func(is *is.I) {
			g := newGoogler(t)
			request := delegation.TokenRequest{BearerAssertion: g.assert(t, nil, nil)}
			_, err := g.Issue(t.Context(), request)
			is.NoErr(err)
			_, err = g.with(t, func(c *delegation.Config) { c.GoogleKeys = nil }).Issue(t.Context(), request)
			is.Equal(reasonOf(err), delegation.ReasonAssertionAlgorithm) // RS256 is good nowhere else
		},
		"Proofs": func(is *is.I) {
			p := newProver(t)
			request := p.request("alice@example.com")
			request.Proof = p.proof("")
			_, err := p.with(t, func(c *delegation.Config) { c.Proofs = nil }).Issue(t.Context(), request)
			is.Equal(reasonOf(err), delegation.ReasonProofsImpossible) // never ignored: the client would get less than it asks
			token, err := p.Issue(t.Context(), request)
			is.NoErr(err)
			_, err = p.with(t, func(c *delegation.Config) { c.Proofs = nil }).VerifyProved(t.Context(), string(token.Access),
				p.proof(string(token.Access)))
			is.Equal(reasonOf(err), delegation.ReasonProofsImpossible)
		},
		"DPoPRequired": func(is *is.I) {
			required := func(c *delegation.Config) { c.DPoPRequired = true }
			is.Equal(reasonOf(verify(required)), delegation.ReasonTokenUnbound)
			_, err := issue(required, good)
			is.Equal(reasonOf(err), delegation.Reason(dpop.Missing))
		},
		"TokenEndpoint": func(is *is.I) {
			s := newSigner(t)
			s.application(func(a *delegation.Application) { a.TokenEndpointAudience = true })
			request := delegation.TokenRequest{Scope: "alice@example.com"}
			request.Assertion = s.assert(nil, object{"aud": "https://t.example.org/"})
			_, err := s.with(t, func(c *delegation.Config) { c.TokenEndpoint = "https://t.example.org" }).Issue(t.Context(),
				request)
			is.NoErr(err)
		},
		"Provisioner": func(is *is.I) {
			h.application(func(a *delegation.Application) { a.Provision = true })
			created, err := issue(func(c *delegation.Config) { c.Provisioner = empty }, h.request("new@example.com"))
			is.NoErr(err)
			user, err := empty.UserByEmail(t.Context(), "new@example.com")
			is.NoErr(err)
			is.Equal(created.User, user)
			_, err = issue(func(c *delegation.Config) { c.Provisioner = nil }, h.request("newer@example.com"))
			is.Equal(reasonOf(err), delegation.ReasonProvisioningImpossible)
		},
		"TokenTTL": func(is *is.I) {
			issued, err := issue(func(c *delegation.Config) { c.TokenTTL = time.Hour }, good)
			is.NoErr(err)
			is.Equal(issued.ExpiresIn, time.Hour)
		},
		"Charge": func(is *is.I) {
			_, err := issue(func(c *delegation.Config) {
				c.Charge = func(context.Context, delegation.Application, rates.Class) error { return errCharged }
			}, good)
			is.Equal(err, errCharged)
		},
		"Signing": func(is *is.I) {
			var told []error
			_, err := issue(func(c *delegation.Config) {
				c.Signing = func(context.Context) func(error) { return func(err error) { told = append(told, err) } }
			}, good)
			is.NoErr(err)
			is.Equal(told, []error{nil}) // once, with the outcome
		},
		"Now": func(is *is.I) {
			later := func() time.Time { return h.now.Add(time.Hour) }
			is.Equal(reasonOf(verify(func(c *delegation.Config) { c.Now = later })), delegation.ReasonExpired)
		},
		"OnEvent": func(is *is.I) {
			told := 0
			_, err := issue(func(c *delegation.Config) { c.OnEvent = func(context.Context, delegation.Event) { told++ } }, good)
			is.NoErr(err)
			is.True(told > 0)
		},
	}
	for field := range reflect.TypeFor[delegation.Config]().Fields() {
		t.Run(field.Name, func(t *testing.T) {
			is := is.New(t)
			test := tests[field.Name]
			is.True(test != nil) // every field is replaced
			test(is)
		})
	}
}

// TestWrappedContractsLoseNothing wraps every contract in a type that forwards
// its methods and embeds nothing.
func TestWrappedContractsLoseNothing(t *testing.T) {
	is := is.New(t)
	s := newSigner(t)
	s.application(func(a *delegation.Application) { a.Provision, a.SecretsToo = true, true })
	former := s.config.RootKeys
	w := forward{s.directory, s.directory, s.directory, s.directory, s.directory, s.config.Keys}
	var kinds []delegation.EventKind
	wrapped := s.with(t, func(c *delegation.Config) {
		c.RootKeys = replaced(t, former, delegation.NewRootKeys())
		c.Applications, c.Users, c.Provisioner, c.Records, c.Assertions, c.Keys = w, w, w, w, w, w
		c.OnEvent = func(_ context.Context, e delegation.Event) { kinds = append(kinds, e.Kind) }
	})
	id, err := s.secret.ID()
	is.NoErr(err)
	old, err := s.directory.ApplicationSecret(t.Context(), s.clientID, id)
	is.NoErr(err)
	token, err := wrapped.Issue(t.Context(), s.request("new@example.com"))
	is.NoErr(err) // the user is created
	is.Equal(kinds, []delegation.EventKind{delegation.EventUserProvisioned, delegation.EventFirstUse,
		delegation.EventTokenIssued})
	renewed, err := s.directory.ApplicationSecret(t.Context(), s.clientID, id)
	is.NoErr(err)
	is.True(string(renewed.MAC) != string(old.MAC)) // the secret is stored under the present root key
	is.True(renewed.LastUsedAt.Equal(s.now))        // and its use is noted

	imported := s.request("alice@example.com")
	imported.ClientSecret = "of-another-product"
	s.directory.ImportSecret(s.clientID, imported.ClientSecret)
	_, err = wrapped.Issue(t.Context(), imported)
	is.NoErr(err) // an imported secret works
	assertion := delegation.TokenRequest{Credentials: delegation.Credentials{Assertion: s.assert(nil, nil)},
		Scope: "alice@example.com"}
	_, err = wrapped.Issue(t.Context(), assertion)
	is.NoErr(err)
	_, err = wrapped.Issue(t.Context(), assertion)
	is.Equal(reasonOf(err), delegation.ReasonAssertionUsed) // an assertion works once
	is.NoErr(wrapped.Revoke(t.Context(), s.credentials(), string(token.Access)))
	_, err = wrapped.Verify(t.Context(), string(token.Access))
	is.Equal(reasonOf(err), delegation.ReasonTokenRevoked) // a token ends
	s.directory.OptOut(s.clientID, s.alice.ID)
	_, err = wrapped.Issue(t.Context(), s.request("alice@example.com"))
	is.True(errors.Is(err, delegation.ErrNotDelegable)) // a wish is obeyed
}
