// Package identity finds out who calls: by a token of ours, or by what the host takes
// beside it.
package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/server/internal/cors"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// What a [Method] returns for a request.
var (
	ErrNoCredentials = errors.New("server: the request has no credentials for this authenticator")
	ErrCredentials   = errors.New("server: the credentials are not good")
)

// errRefused is what a caller with other credentials learns, whatever is wrong.
var errRefused = wire.Error{Status: http.StatusUnauthorized, Code: "invalid_token", Challenge: wire.TokenChallenge,
	Detail: "The credentials are not valid."}

// Method is a way to authenticate beside our tokens.
type Method struct {
	Scheme       string
	Authenticate func(r *http.Request) (delegation.Grant, error)
}

// Problem returns what is wrong with methods, or "". It continues a sentence that
// begins with the name of the setting.
func Problem(methods []Method) string {
	const token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"
	for _, one := range methods {
		switch {
		case one.Authenticate == nil:
			return "have one without Authenticate"
		case one.Scheme == "" || len(one.Scheme) > 64 || strings.Trim(one.Scheme, token) != "":
			return fmt.Sprintf("have %q, which is no scheme such as ApiKey (RFC 9110 §11.1)", one.Scheme)
		case strings.EqualFold(one.Scheme, "Bearer"), strings.EqualFold(one.Scheme, "DPoP"):
			return "have the scheme " + one.Scheme + ", which is that of our tokens"
		}
	}
	return ""
}

// Callers finds out who calls. It is safe for concurrent use.
type Callers struct {
	// Challenges follow the challenge of our tokens in WWW-Authenticate; empty if there
	// is no method.
	Challenges string

	proofs    *dpop.Verifier // nil if no proofs of possession are accepted
	host      string         // scheme and host of the public URL
	authority *delegation.Authority
	methods   []Method
	// Browsers send some credentials by themselves, whoever made the page.
	alone, allowed *http.CrossOriginProtection
}

// New returns what finds callers by tokens of the authority, and then by the methods
// in their order. The public URL is where pages of the host's own stand; pages of the
// origins may send credentials in the Authorization header. Without proofs no token that
// is bound to a key is accepted.
func New(authority *delegation.Authority, proofs *dpop.Verifier, methods []Method, publicURL string,
	origins cors.Origins) (*Callers, error) {
	c := &Callers{authority: authority, proofs: proofs, methods: methods, host: cors.OriginOf(publicURL),
		alone: http.NewCrossOriginProtection(), allowed: http.NewCrossOriginProtection()}
	for _, one := range methods {
		c.Challenges += fmt.Sprintf(`, %s realm="%s"`, one.Scheme, wire.Realm)
	}
	own, err := cors.ParseOrigins([]string{cors.OriginOf(publicURL)})
	if err != nil {
		own = nil // browsers write it in a form of their own
	}
	var errs []error
	for _, origin := range own {
		errs = append(errs, c.alone.AddTrustedOrigin(origin), c.allowed.AddTrustedOrigin(origin))
	}
	for _, origin := range origins {
		errs = append(errs, c.allowed.AddTrustedOrigin(origin))
	}
	return c, errors.Join(errs...)
}

// Grant returns what the caller of a request may do now. Whoever sends a token is
// judged by that alone.
func (c *Callers) Grant(r *http.Request) (delegation.Grant, error) {
	token, err := wire.ReadAccessToken(r)
	switch {
	case err == nil && token.Proved:
		return c.authority.VerifyProved(r.Context(), token.Text, c.Proof(r))
	case err == nil:
		return c.authority.Verify(r.Context(), token.Text)
	}
	named, err := c.other(r, err)
	if err != nil {
		return delegation.Grant{}, err
	}
	grant, err := c.authority.Authorize(r.Context(), named)
	if errors.Is(err, delegation.ErrInvalidToken) {
		return delegation.Grant{}, errRefused.Because(err)
	}
	return grant, err
}

// Precheck returns an error for a caller whom Grant would refuse whatever the
// directories hold, before the body of a request is waited for. Only a large body is
// worth looking at more than the form of a token.
func (c *Callers) Precheck(ctx context.Context, r *http.Request, large bool) error {
	token, err := wire.ReadAccessToken(r)
	switch {
	case err == nil && large:
		return c.authority.Precheck(ctx, token.Text)
	case err == nil || len(c.methods) > 0 && absent(err) && !large:
		return nil
	}
	_, err = c.other(r.WithContext(ctx), err)
	return err
}

// absent reports whether a request has no token of ours, and no attempt at one.
func absent(err error) bool {
	var known wire.Error
	return errors.As(err, &known) && known.Code == wire.ErrNoToken.Code
}

// other returns what the first method that knows the credentials of a request makes of
// them, or the error of a request without a token.
func (c *Callers) other(r *http.Request, none error) (delegation.Grant, error) {
	if !absent(none) {
		return delegation.Grant{}, none
	}
	seen := r.WithContext(r.Context())
	seen.Body = http.NoBody // it is the handler's
	for _, one := range c.methods {
		grant, err := one.Authenticate(seen)
		switch {
		case errors.Is(err, ErrNoCredentials):
			continue
		case errors.Is(err, ErrCredentials):
			return delegation.Grant{}, errRefused.Because(err)
		case err != nil:
			return delegation.Grant{}, fmt.Errorf("authenticating by %s: %w", one.Scheme, err)
		}
		return grant, c.sameOrigin(r)
	}
	return delegation.Grant{}, none
}

// sameOrigin refuses a change that the page of another site asks for by credentials
// that the browser may have sent by itself.
func (c *Callers) sameOrigin(r *http.Request) error {
	protection := c.alone
	if r.Header.Get("Authorization") != "" {
		protection = c.allowed
	}
	if err := protection.Check(r); err != nil {
		return errRefused.Because(err)
	}
	return nil
}
