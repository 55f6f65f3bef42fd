// Package oauth reads what clients send to the endpoints at which they
// authenticate.
package oauth

import (
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
	// Params are the parameters of the body.
	Params map[string]string
	// Challenge means that a refusal must tell how to authenticate: the client
	// tried the Authorization header, or nothing (RFC 6749 §5.2).
	Challenge bool
}

// ReadRequest takes the parameters from the body, and the credentials from
// there or from the Authorization header, never from both. It returns
// [wire.ErrParameters] for every other request.
func ReadRequest(body wire.Body, authorization []string) (Request, error) {
	params, err := body.Parameters("grant_type", "scope", "client_id", "client_secret", "client_assertion",
		"client_assertion_type", "assertion", "token")
	if err != nil {
		return Request{}, err
	}
	request := Request{Params: params, Credentials: delegation.Credentials{
		ClientID: params["client_id"], ClientSecret: delegation.Secret(params["client_secret"]),
		Assertion: params["client_assertion"],
	}}
	switch {
	case len(authorization) > 1:
		return Request{}, wire.ErrParameters
	case len(authorization) == 1:
		return request.withBasic(authorization[0])
	case request.Assertion != "" && (request.ClientSecret != "" || params["client_assertion_type"] != assertionType):
		return Request{}, wire.ErrParameters
	}
	request.Challenge = request.ClientSecret == "" && request.Assertion == ""
	return request, nil
}

// withBasic returns the request with the credentials of HTTP Basic. A client_id in
// the body may only repeat the user. Credentials of another scheme are none.
func (request Request) withBasic(header string) (Request, error) {
	if request.ClientSecret != "" || request.Assertion != "" {
		return Request{}, wire.ErrParameters
	}
	request.Challenge = true
	user, password, found, err := wire.BasicCredentials(header)
	if err != nil || found && request.ClientID != "" && request.ClientID != user {
		return Request{}, wire.ErrParameters
	}
	if found {
		request.ClientID, request.ClientSecret = user, delegation.Secret(password)
	}
	return request, nil
}

// Token returns the token that a request is about. It returns
// [wire.ErrParameters] if there is none.
func (request Request) Token() (string, error) {
	if request.Params["token"] == "" {
		return "", wire.ErrParameters
	}
	return request.Params["token"], nil
}

// ClaimedID returns the client id that a request claims, of which nothing is
// verified, or "". Failures are counted under it.
func (request Request) ClaimedID() string {
	credentials := request.Credentials
	if credentials.Assertion == "" {
		credentials.Assertion = request.Params["assertion"] // which is the whole request then
	}
	return credentials.ClaimedID()
}
