package oauth

import (
	"cmp"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The grants, and the one type of assertions (RFC 7523 §2).
const (
	GrantCredentials = "client_credentials"
	GrantBearer      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionType    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// Request is what a client sent to an endpoint at which it authenticates.
type Request struct {
	delegation.Credentials
	// Challenge means that a refusal must tell how to authenticate: the client
	// tried HTTP Basic, or nothing (RFC 6749 §5.2).
	Challenge bool

	params parameters
}

// Sent is what a request consists of.
type Sent struct {
	Body wire.Body
	// Authorization are the header fields of this name, and Query is that of the URL.
	Authorization []string
	Query         string
	// Origin is that of [delegation.Credentials].
	Origin string
}

// ForToken reads a request for a token. It returns a [wire.Error] with a text and a
// [delegation.Refusal] of its own for each kind of fault, beside as much of the request as
// could be read.
func (s Sent) ForToken() (Request, error) { return s.read(forTokens()) }

// AboutToken reads a request about a token, and returns its faults as ForToken does.
func (s Sent) AboutToken() (Request, error) { return s.read(aboutTokens()) }

func (s Sent) read(names []string) (Request, error) {
	params, malformed := readParameters(s.Body, names)
	readings, tried, unreadable := basicPairs(s.Authorization)
	request := Request{params: params, Credentials: delegation.Credentials{Origin: s.Origin}}
	request.ClientID = claimed(params, readings) // for the log, whatever is wrong with the rest
	for _, err := range []error{checkQuery(s.Query, names), malformed, unreadable} {
		if err != nil {
			return request, err
		}
	}
	return request.authenticated(readings, tried)
}

// claimed returns the client id that a request names first, or "".
func claimed(params parameters, readings []pair) string {
	if len(readings) > 0 {
		return cmp.Or(params["client_id"].text, readings[0].id)
	}
	return params["client_id"].text
}

// authenticated returns the request with its credentials. They come in one way: a
// secret, or an assertion. A secret may come twice, by HTTP Basic and in the body, as
// long as it is the same.
func (request Request) authenticated(readings []pair, tried bool) (Request, error) {
	body, err := request.params.pair()
	if err != nil {
		return request, err
	}
	if request.Assertion, err = request.params.take("client_assertion"); err != nil {
		return request, err
	}
	if readings, err = completed(readings, body); err != nil {
		return request, err
	}
	request.ClientID, request.ClientSecret = readings[0].id, delegation.Secret(readings[0].secret)
	if len(readings) > 1 && readings[1].secret != "" {
		request.Otherwise = &delegation.Credentials{ClientID: readings[1].id,
			ClientSecret: delegation.Secret(readings[1].secret), Origin: request.Origin}
	}
	request.Challenge = tried || request.ClientSecret == "" && request.Assertion == ""
	return request, request.checkAssertion()
}

// pair returns the credentials in a body.
func (p parameters) pair() (pair, error) {
	id, err := p.take("client_id")
	if err != nil {
		return pair{}, err
	}
	secret, err := p.take("client_secret")
	if err != nil {
		return pair{}, err
	}
	body := pair{id, secret}
	return body, body.fault()
}

// completed returns the readings of HTTP Basic that agree with the body, or the body
// alone. It returns the fault of the last reading if none agrees.
func completed(readings []pair, body pair) (agree []pair, err error) {
	if len(readings) == 0 {
		return []pair{body}, nil
	}
	for _, one := range readings {
		both, differs := one.with(body)
		if differs != nil {
			err = differs
			continue
		}
		agree = append(agree, both)
	}
	if len(agree) > 0 {
		err = nil
	}
	return agree, err
}

// checkAssertion returns the fault of an assertion that is beside a secret, or not
// named as what it is.
func (request Request) checkAssertion() error {
	if request.Assertion == "" {
		return nil
	}
	if request.ClientSecret != "" {
		return faultMethods()
	}
	kind, err := request.params.demand("client_assertion_type")
	if err == nil && kind != assertionType {
		err = faultAssertionType()
	}
	return err
}

// TokenRequest returns what a request for a token asks for, by the grant that it
// names.
func (request Request) TokenRequest() (delegation.TokenRequest, error) {
	grant, err := request.params.demand("grant_type")
	if err != nil {
		return delegation.TokenRequest{}, err
	}
	scope, err := request.params.take("scope")
	if err != nil {
		return delegation.TokenRequest{}, err
	}
	scope = strings.Join(strings.Fields(scope), " ") // two spaces mean no more than one
	asked := delegation.TokenRequest{Credentials: request.Credentials, Scope: scope}
	switch grant {
	case GrantCredentials:
		return asked, nil
	case GrantBearer: // an assertion as a grant itself tells who asks
		asked.BearerAssertion, err = request.params.demand("assertion")
		if err == nil && (request.ClientSecret != "" || request.Assertion != "") {
			err = faultGrantMethods()
		}
		return asked, err
	}
	return delegation.TokenRequest{}, faultGrantType()
}

// Token returns the token that a request is about.
func (request Request) Token() (string, error) { return request.params.demand("token") }

// ClaimedID returns the client id that a request claims, of which nothing is
// verified, or "". Failures are counted under it.
func (request Request) ClaimedID() string {
	credentials := request.Credentials
	credentials.Assertion = cmp.Or(request.params["client_assertion"].text, request.params["assertion"].text)
	return credentials.ClaimedID()
}
