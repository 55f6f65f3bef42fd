package server

import (
	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The grants, and the one type of assertions (RFC 7523 §2).
const (
	grantCredentials = "client_credentials"
	grantBearer      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionType    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// clientRequest is what a client sent to an endpoint at which it authenticates.
type clientRequest struct {
	delegation.Credentials
	params map[string]string
	// challenge means that a refusal must tell how to authenticate: the client
	// tried the Authorization header, or nothing (RFC 6749 §5.2).
	challenge bool
}

// newClientRequest takes the parameters from the body, and the credentials from
// there or from the Authorization header, never from both.
func newClientRequest(body wire.Body, authorization []string) (clientRequest, error) {
	params, err := body.Parameters("grant_type", "scope", "client_id", "client_secret", "client_assertion",
		"client_assertion_type", "assertion", "token")
	if err != nil {
		return clientRequest{}, err
	}
	request := clientRequest{params: params, Credentials: delegation.Credentials{
		ClientID: params["client_id"], ClientSecret: delegation.Secret(params["client_secret"]),
		Assertion: params["client_assertion"],
	}}
	switch {
	case len(authorization) > 1:
		return clientRequest{}, wire.ErrParameters
	case len(authorization) == 1:
		return request.withBasic(authorization[0])
	case request.Assertion != "" && (request.ClientSecret != "" || params["client_assertion_type"] != assertionType):
		return clientRequest{}, wire.ErrParameters
	}
	request.challenge = request.ClientSecret == "" && request.Assertion == ""
	return request, nil
}

// withBasic returns the request with the credentials of HTTP Basic. A client_id in
// the body may only repeat the user. Credentials of another scheme are none.
func (request clientRequest) withBasic(header string) (clientRequest, error) {
	if request.ClientSecret != "" || request.Assertion != "" {
		return clientRequest{}, wire.ErrParameters
	}
	request.challenge = true
	user, password, found, err := wire.BasicCredentials(header)
	if err != nil || found && request.ClientID != "" && request.ClientID != user {
		return clientRequest{}, wire.ErrParameters
	}
	if found {
		request.ClientID, request.ClientSecret = user, delegation.Secret(password)
	}
	return request, nil
}

// token returns the token that a request is about. It returns
// [wire.ErrParameters] if there is none.
func (request clientRequest) token() (string, error) {
	if request.params["token"] == "" {
		return "", wire.ErrParameters
	}
	return request.params["token"], nil
}
