package server

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/delegation"
)

// clientRequest is what a client sent to an endpoint at which it authenticates.
type clientRequest struct {
	delegation.Credentials
	params map[string]string
	// challenge says that a refusal must tell how to authenticate: the client
	// tried the Authorization header, or nothing (RFC 6749 §5.2).
	challenge bool
}

// readClientRequest reads the parameters from the body and the credentials from
// one place.
func readClientRequest(w http.ResponseWriter, r *http.Request) (clientRequest, error) {
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return clientRequest{}, errQuery
	}
	params, err := readParameters(w, r)
	if err != nil {
		return clientRequest{}, err
	}
	return withCredentials(r, params)
}

// The grants, and the one type of assertions (RFC 7523 §2).
const (
	grantCredentials = "client_credentials"
	grantBearer      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionType    = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// readParameters reads the body in either of its media types.
func readParameters(w http.ResponseWriter, r *http.Request) (map[string]string, error) {
	body, kind, err := readBody(w, r, maxTokenBody, mediaForm, mediaJSON)
	if err != nil {
		return nil, err
	}
	var params map[string]string
	if kind == mediaJSON {
		params, err = parseFlatObject(body)
	} else {
		params, err = parseForm(string(body))
	}
	if err != nil {
		return nil, err
	}
	for name, value := range params {
		if !plainText(name) || !plainText(value) || misspelled(name) {
			return nil, errParameters
		}
	}
	return params, nil
}

// parseForm reads a form body in which no parameter comes twice (RFC 6749
// §3.2). An empty value counts as none (§3.2 too).
func parseForm(body string) (map[string]string, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, errParameters
	}
	params := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 {
			return nil, errParameters
		}
		params[name] = all[0]
	}
	return params, nil
}

// parseFlatObject reads a JSON object of strings.
func parseFlatObject(body []byte) (map[string]string, error) {
	object, err := parseObject(body)
	if err != nil {
		return nil, errParameters
	}
	params := make(map[string]string, len(object))
	for name, value := range object {
		text, ok := value.(string)
		if !ok {
			return nil, errParameters
		}
		params[name] = text
	}
	return params, nil
}

// plainText reports whether s is UTF-8 without control characters.
func plainText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// misspelled reports whether a parameter differs from one that means something
// here in nothing but letter case. Unknown parameters are ignored (RFC 6749
// §3.2), but this one would silently change what is asked for.
func misspelled(name string) bool {
	switch lower := strings.ToLower(name); lower {
	case "grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type", "assertion", "token":
		return name != lower
	}
	return false
}

// withCredentials takes the credentials from the header or from the body, never
// from both.
func withCredentials(r *http.Request, params map[string]string) (clientRequest, error) {
	request := clientRequest{params: params, Credentials: delegation.Credentials{
		ClientID: params["client_id"], ClientSecret: delegation.Secret(params["client_secret"]), Assertion: params["client_assertion"],
	}}
	headers := r.Header.Values("Authorization")
	switch {
	case len(headers) > 1:
		return clientRequest{}, errParameters
	case len(headers) == 1:
		return withBasic(headers[0], params, request)
	case request.Assertion != "" && request.ClientSecret != "",
		request.Assertion != "" && params["client_assertion_type"] != assertionType:
		return clientRequest{}, errParameters
	}
	request.challenge = request.ClientSecret == "" && request.Assertion == ""
	return request, nil
}

// withBasic reads HTTP Basic as RFC 6749 §2.3.1 has it: user and password are
// form-encoded before they are joined. A client_id in the body may only repeat
// the user.
func withBasic(header string, params map[string]string, request clientRequest) (clientRequest, error) {
	if request.ClientSecret != "" || request.Assertion != "" {
		return clientRequest{}, errParameters
	}
	request.challenge = true
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return request, nil // no credentials that we know
	}
	user, password, err := parseBasic(strings.TrimLeft(encoded, " "))
	if err != nil || request.ClientID != "" && request.ClientID != user {
		return clientRequest{}, errParameters
	}
	request.ClientID, request.ClientSecret = user, delegation.Secret(password)
	return request, nil
}

func parseBasic(encoded string) (user, password string, err error) {
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	name, word, found := strings.Cut(string(decoded), ":")
	if err != nil || !found {
		return "", "", errParameters
	}
	if user, err = url.QueryUnescape(name); err != nil {
		return "", "", errParameters
	}
	password, err = url.QueryUnescape(word)
	return user, password, err
}
