package server_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

const (
	formType = "Content-Type: application/x-www-form-urlencoded"
	jsonType = "Content-Type: application/json"
)

func basic(user, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// refusal asserts an error of RFC 6749 §5.2.
func refusal(t *testing.T, r reply, status int, code string) {
	t.Helper()
	is := is.New(t)
	is.Equal(r.StatusCode, status)                             // the documented status
	is.Equal(r.json(t)["error"], code)                         // the documented code
	is.Equal(r.Header.Get("Cache-Control"), "no-store")        // errors are not stored either
	is.Equal(r.Header.Get("Pragma"), "no-cache")               // nor by old caches
	is.Equal(r.Header.Get("Content-Type"), "application/json") // JSON, as success
}

func TestTokenResponse(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		r := a.ask(a.clientID, a.secret, "alice@example.com rooms:list rooms:create")
		is.Equal(r.StatusCode, 200)
		is.Equal(r.Header.Get("Cache-Control"), "no-store")
		is.Equal(r.Header.Get("Pragma"), "no-cache")
		body := r.json(t)
		is.Equal(body["token_type"], "Bearer")
		is.Equal(body["expires_in"], 600.0)
		is.Equal(body["scope"], "rooms:create rooms:list") // the actions, not the address
		is.Equal(len(body), 4)                             // and no refresh token
	})
}

func TestTokenRequestForms(t *testing.T) {
	a := onSQLite(t)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"alice@example.com"}}.Encode()
	withID := form + "&client_id=" + a.clientID
	withBoth := withID + "&client_secret=" + string(a.secret)
	object := fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q,
		"scope":"alice@example.com"}`, a.clientID, string(a.secret))
	escaped := basic(strings.ReplaceAll(a.clientID, "_", "%5F"), strings.ReplaceAll(string(a.secret), "_", "%5f"))
	tests := map[string]struct {
		body    string
		headers []string
	}{
		"form":                {withBoth, []string{formType}},
		"form with charset":   {withBoth, []string{formType + "; charset=UTF-8"}},
		"JSON":                {object, []string{jsonType}},
		"JSON with charset":   {object, []string{jsonType + `; charset="utf-8"`}},
		"Basic":               {form, []string{formType, basic(a.clientID, string(a.secret))}},
		"Basic, form-encoded": {form, []string{formType, escaped}},
		"Basic, scheme in capitals": {form,
			[]string{formType, strings.Replace(basic(a.clientID, string(a.secret)), "Basic", "BASIC", 1)}},
		"Basic, client_id repeated": {withID, []string{formType, basic(a.clientID, string(a.secret))}},
		"Basic with JSON": {`{"grant_type":"client_credentials","scope":"alice@example.com"}`,
			[]string{jsonType, basic(a.clientID, string(a.secret))}},
		"unknown parameters": {withBoth + "&resource=x&audience=y", []string{formType}},
		"an empty parameter": {withBoth + "&client_assertion=", []string{formType}},
		"identity encoding":  {withBoth, []string{formType, "Content-Encoding: identity"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := a.send("POST", "/application/token/", test.body, test.headers...)
			is.New(t).Equal(r.StatusCode, 200) // every way that stock clients take
		})
	}
}

func TestTokenRequestsRefused(t *testing.T) {
	a := onSQLite(t)
	good := url.Values{"grant_type": {"client_credentials"}, "scope": {"alice@example.com"}, "client_id": {a.clientID},
		"client_secret": {string(a.secret)}}.Encode()
	uncredited := "grant_type=client_credentials&scope=alice@example.com"
	right := basic(a.clientID, string(a.secret))
	object := fmt.Sprintf(`"grant_type":"client_credentials","client_id":%q,"client_secret":%q`, a.clientID,
		string(a.secret))
	tests := map[string]struct {
		body    string
		headers []string
		status  int
		code    string
	}{
		"no grant type":              {"client_id=x", []string{formType}, 400, "invalid_request"},
		"an empty grant type":        {"grant_type=&client_id=x", []string{formType}, 400, "invalid_request"},
		"another grant type":         {"grant_type=password", []string{formType}, 400, "unsupported_grant_type"},
		"grant type in capitals":     {"grant_type=CLIENT_CREDENTIALS", []string{formType}, 400, "unsupported_grant_type"},
		"refresh":                    {"grant_type=refresh_token", []string{formType}, 400, "unsupported_grant_type"},
		"no body":                    {"", nil, 400, "invalid_request"},
		"no body, with type":         {"", []string{formType}, 400, "invalid_request"},
		"empty JSON body, with type": {"", []string{jsonType}, 400, "invalid_request"},
		"two methods":                {good, []string{formType, right}, 400, "invalid_request"},
		"Basic id is not the body's": {uncredited + "&client_id=app_other", []string{formType, right}, 400,
			"invalid_request"},
		"secret and assertion":      {good + "&client_assertion=x", []string{formType}, 400, "invalid_request"},
		"Basic and assertion":       {uncredited + "&client_assertion=x", []string{formType, right}, 400, "invalid_request"},
		"two Authorization headers": {uncredited, []string{formType, right, right}, 400, "invalid_request"},
		"Basic that is not base64":  {uncredited, []string{formType, "Authorization: Basic !!!"}, 400, "invalid_request"},
		"Basic without a colon": {uncredited, []string{formType,
			"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("abc"))}, 400, "invalid_request"},
		"Basic with a bad escape": {uncredited, []string{formType, basic("%zz", "x")}, 400, "invalid_request"},
		"Basic with NUL": {uncredited, []string{formType, basic(a.clientID+"%00", string(a.secret))}, 400,
			"invalid_request"},
		"repeated scope":             {good + "&scope=bob@example.com", []string{formType}, 400, "invalid_request"},
		"repeated, the same":         {good + "&scope=alice@example.com", []string{formType}, 400, "invalid_request"},
		"repeated unknown parameter": {good + "&x=1&x=2", []string{formType}, 400, "invalid_request"},
		"semicolons":                 {good + ";x=1", []string{formType}, 400, "invalid_request"},
		"a bad escape":               {good + "&x=%zz", []string{formType}, 400, "invalid_request"},
		"NUL":                        {good + "&x=%00", []string{formType}, 400, "invalid_request"},
		"NUL in the scope": {strings.Replace(good, "alice", "al%00ice", 1), []string{formType}, 400,
			"invalid_request"},
		"CR LF in the scope": {strings.Replace(good, "alice", "%0d%0aSet-Cookie:x", 1), []string{formType}, 400,
			"invalid_request"},
		"ANSI in the scope": {strings.Replace(good, "alice", "%1b[31m", 1), []string{formType}, 400,
			"invalid_request"},
		"invalid UTF-8": {good + "&x=%ff", []string{formType}, 400, "invalid_request"},
		"invalid UTF-8 in the id": {strings.Replace(good, a.clientID, "%ff%fe", 1), []string{formType}, 400,
			"invalid_request"},
		"a parameter in capitals": {strings.Replace(good, "scope=", "SCOPE=", 1), []string{formType}, 400,
			"invalid_request"},
		"text/plain": {good, []string{"Content-Type: text/plain"}, 415, "invalid_request"},
		"multipart": {good, []string{"Content-Type: multipart/form-data; boundary=x"}, 415,
			"invalid_request"},
		"no content type":     {good, nil, 415, "invalid_request"},
		"two content types":   {good, []string{formType, jsonType}, 415, "invalid_request"},
		"another charset":     {good, []string{formType + "; charset=utf-16"}, 415, "invalid_request"},
		"gzip":                {good, []string{formType, "Content-Encoding: gzip"}, 415, "invalid_request"},
		"a malformed type":    {good, []string{"Content-Type: application/"}, 415, "invalid_request"},
		"JSON sent as a form": {"{" + object + "}", []string{formType}, 400, "invalid_request"},
		"a form sent as JSON": {good, []string{jsonType}, 400, "invalid_request"},
		"a duplicate key": {"{" + object + `,"scope":"alice@example.com","scope":"bob@example.com"}`,
			[]string{jsonType}, 400, "invalid_request"},
		"an escaped duplicate": {"{" + object + `,"scope":"alice@example.com","\u0073cope":"bob@example.com"}`,
			[]string{jsonType}, 400, "invalid_request"},
		"a key in capitals": {"{" + object + `,"SCOPE":"alice@example.com"}`, []string{jsonType}, 400,
			"invalid_request"},
		"trailing data":        {"{" + object + `}{}`, []string{jsonType}, 400, "invalid_request"},
		"an array":             {"[{" + object + "}]", []string{jsonType}, 400, "invalid_request"},
		"a number for a scope": {"{" + object + `,"scope":1}`, []string{jsonType}, 400, "invalid_request"},
		"a list for a scope": {"{" + object + `,"scope":["alice@example.com"]}`, []string{jsonType}, 400,
			"invalid_request"},
		"null for a scope": {"{" + object + `,"scope":null}`, []string{jsonType}, 400, "invalid_request"},
		"JSON null":        {"null", []string{jsonType}, 400, "invalid_request"},
		"depth bomb": {`{"x":` + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + "}",
			[]string{jsonType}, 400, "invalid_request"},
		"invalid UTF-8 in JSON": {"{" + object + ",\"x\":\"\xff\"}", []string{jsonType}, 400, "invalid_request"},
		"a huge body":           {"x=" + strings.Repeat("a", 9000), []string{formType}, 413, "invalid_request"},
		"an id of 4 KB": {"grant_type=client_credentials&client_secret=x&client_id=" + strings.Repeat("a", 4000),
			[]string{formType}, 400, "invalid_request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := a.send("POST", "/application/token/", test.body, test.headers...)
			refusal(t, r, test.status, test.code)
			is.New(t).True(r.Header.Get("Set-Cookie") == "") // nothing of the input is in a header
		})
	}
	for _, query := range []string{"?scope=alice@example.com", "?client_secret=" + string(a.secret), "?x", "?"} {
		r := a.sendTo("POST", base+"/application/token/"+query, good, formType)
		refusal(t, r, 400, "invalid_request") // nothing in the query, not even what is ignored
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		r := a.send(method, "/application/token/", "")
		is.New(t).Equal(r.StatusCode, 405)
		is.New(t).Equal(r.Header.Get("Allow"), "POST") // what is allowed
	}
}

func TestClientFailuresLookTheSame(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		other, otherSecret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms()})
		_, err := a.registry.UpdateApplication(t.Context(), other,
			func(app *delegation.Application) error { app.Active = false; return nil })
		is.NoErr(err)
		expired, expiredSecret, err := a.registry.RotateSecret(t.Context(), a.clientID, "", 0)
		is.NoErr(err)
		is.NoErr(a.registry.DisableSecret(t.Context(), a.clientID, expired.ID))
		failures := map[string]reply{
			"unknown client":       a.ask("app_0123456789abcdefghijkl", otherSecret, "alice@example.com"),
			"wrong secret":         a.ask(a.clientID, otherSecret, "alice@example.com"),
			"garbage":              a.ask(a.clientID, "hunter2", "alice@example.com"),
			"disabled application": a.ask(other, otherSecret, "alice@example.com"),
			"disabled secret":      a.ask(a.clientID, expiredSecret, "alice@example.com"),
			"expired secret":       a.ask(a.clientID, a.secret, "alice@example.com"),
		}
		reference := failures["unknown client"]
		for name, r := range failures {
			refusal(t, r, 401, "invalid_client")
			is.Equal(r.body, reference.body) // one body
			for _, h := range []http.Header{r.Header, reference.Header} {
				h.Del("X-Request-Id")
				h.Del("Date")
			}
			is.Equal(r.Header, reference.Header) // one set of headers
			_ = name
		}
	})
}

func TestBasicChallenge(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	const challenge = `Basic realm="external-api", charset="UTF-8"`
	grant := "grant_type=client_credentials"
	for _, headers := range [][]string{{formType, basic(a.clientID, "wrong")}, {formType},
		{formType, "Authorization: Digest x"}, {formType, basic("", "")}} {
		r := a.send("POST", "/application/token/", grant, headers...)
		refusal(t, r, 401, "invalid_client")
		is.Equal(r.Header.Get("WWW-Authenticate"), challenge) // tried Authorization, or nothing
	}
	r := a.ask(a.clientID, "wrong", "")
	is.Equal(r.Header.Get("WWW-Authenticate"), "") // tried the body
}
