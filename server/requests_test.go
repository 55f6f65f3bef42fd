package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	body string
}

// json decodes the body.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	is.New(t).NoErr(json.Unmarshal([]byte(r.body), &object))
	return object
}

// code returns the error code of an answer, in either language.
func (r reply) code() string {
	var body struct{ Code, Error string }
	if r.StatusCode < 400 || json.Unmarshal([]byte(r.body), &body) != nil {
		return ""
	}
	return body.Code + body.Error
}

// fieldCodes returns what an answer says is wrong with single fields.
func (r reply) fieldCodes() (codes []any) {
	var body struct{ Errors []rooms.Fault }
	_ = json.Unmarshal([]byte(r.body), &body) // only an error has any
	for _, fault := range body.Errors {
		codes = append(codes, fault.Code)
	}
	return codes
}

// media returns the media type of an answer without its parameters.
func (r reply) media() string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return kind
}

// basePath and urlPath are the paths of the API and of the public URL.
func (a *api) basePath() string {
	if a.config.BasePath != "" {
		return strings.TrimRight(a.config.BasePath, "/")
	}
	return base
}

func (a *api) urlPath() string {
	u, err := url.Parse(a.config.URL)
	is.New(a.T).NoErr(err)
	return strings.TrimRight(u.Path, "/")
}

// send sends a request below the base path. Headers are "Name: value".
func (a *api) send(method, path, body string, headers ...string) reply {
	a.Helper()
	if !strings.HasPrefix(path, "/.") && path != "/healthz" && path != "/readyz" {
		path = base + path
	}
	return a.sendTo(method, path, body, headers...)
}

// sendTo sends a request to any path and holds the answer against the contract.
func (a *api) sendTo(method, path, body string, headers ...string) reply {
	a.Helper()
	is := is.New(a.T)
	request, err := http.NewRequestWithContext(a.Context(), method, a.http.URL+path, strings.NewReader(body))
	is.NoErr(err)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header[http.CanonicalHeaderKey(name)] = append(request.Header[http.CanonicalHeaderKey(name)], value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirect
	is.NoErr(err)
	r := read(a.T, response)
	a.conforms(request, r)
	return r
}

// read reads an answer to its end, and leaves it to be read again.
func read(t *testing.T, response *http.Response) reply {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	is.New(t).NoErr(err)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(text))
	return reply{response, string(text)}
}

// client returns a client for other libraries, whose answers are held against
// the contract as well.
func (a *api) client() *http.Client { return &http.Client{Transport: conforming{a}} }

type conforming struct{ *api }

// RoundTrip implements http.RoundTripper.
func (c conforming) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		c.conforms(request, read(c.T, response))
	}
	return response, err
}

// form sends a form to the token endpoint: pairs of name and value.
func (a *api) form(pairs ...string) reply {
	a.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return a.send("POST", "/application/token/", values.Encode(), "Content-Type: application/x-www-form-urlencoded")
}

// ask asks for a token with the given credentials.
func (a *api) ask(clientID string, secret delegation.Secret, scope string) reply {
	a.Helper()
	return a.form("grant_type", "client_credentials", "client_id", clientID, "client_secret", string(secret),
		"scope", scope)
}

// token returns the Authorization header of a token of the registered
// application.
func (a *api) token(scope string) string {
	a.Helper()
	return a.tokenOf(a.clientID, a.secret, scope)
}

func (a *api) tokenOf(clientID string, secret delegation.Secret, scope string) string {
	a.Helper()
	r := a.ask(clientID, secret, scope)
	is.New(a.T).Equal(r.StatusCode, 200) // a good request gets a token
	return "Authorization: Bearer " + r.json(a.T)["access_token"].(string)
}

// call sends JSON with a token.
func (a *api) call(method, path, body, token string) reply {
	a.Helper()
	var headers []string
	if token != "" {
		headers = append(headers, token)
	}
	if body != "" {
		headers = append(headers, "Content-Type: application/json")
	}
	return a.send(method, path, body, headers...)
}

// create makes a room and returns it.
func (a *api) create(body, token string) map[string]any {
	a.Helper()
	r := a.call("POST", "/rooms/", body, token)
	is.New(a.T).Equal(r.StatusCode, 201)
	return r.json(a.T)
}
