package server_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// canary stands for what a caller sends, which no answer and no record repeats.
const canary = "CANARY0123456789"

// faultyRequest is a request with one fault.
type faultyRequest struct {
	body    string
	headers []string
	reason  string
	about   string // the text; empty if another request with the reason has it
}

// identifies reports whether the client id of the request is there to be read.
func (f faultyRequest) identifies() bool {
	headers := strings.Join(f.headers, "")
	return (strings.Contains(headers, "basic:{id}") && f.reason != "basic_repeated" ||
		strings.Contains(headers, formType) && strings.Contains(f.body, "client_id={id}") ||
		strings.Contains(headers, jsonType) && strings.Contains(f.body, `"client_id":"{id}"`) &&
			f.reason != "body_not_an_object") &&
		!strings.Contains(f.body, "client_id="+canary)
}

// TestFaultsOfTokenRequests: each kind of fault has a text and a reason of its own.
// The reason is in the log, with the application that sent the request, in the
// record of the request and in the record of the decision.
func TestFaultsOfTokenRequests(t *testing.T) {
	a := onSQLite(t)
	object := func(more string) string { return strings.TrimSuffix(wholeJSON, "}") + more + "}" }
	const assertionOfType = "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	named := func(name, predicate string) string { return "The parameter " + name + " " + predicate }
	tests := map[string]faultyRequest{
		"no grant type": {strings.Replace(wholeForm, "grant_type=client_credentials", "", 1), []string{formType},
			"grant_type_missing", named("grant_type", "is missing.")},
		"an empty grant type": {strings.Replace(wholeForm, "client_credentials", "", 1), []string{formType},
			"grant_type_missing", named("grant_type", "is missing.")},
		"a repeated scope": {wholeForm + "&scope=" + canary, []string{formType},
			"scope_repeated", named("scope", "comes more than once.")},
		"repeated, with an index": {wholeForm + "&scope[1]=x", []string{formType},
			"scope_repeated", named("scope", "comes more than once.")},
		"repeated, the same": {wholeForm + "&scope=alice%40example.com", []string{formType},
			"scope_repeated", named("scope", "comes more than once.")},
		"a repeated secret": {wholeForm + "&client_secret=" + canary, []string{formType},
			"client_secret_repeated", named("client_secret", "comes more than once.")},
		"a repeated secret and Basic": {bareForm + "&client_secret=x&client_secret=y", []string{formType, whole},
			"client_secret_repeated", named("client_secret", "comes more than once.")},
		"repeated in JSON": {object(`,"\u0073cope":"` + canary + `"`), []string{jsonType},
			"scope_repeated", named("scope", "comes more than once.")},
		"a number": {strings.Replace(wholeJSON, `"alice@example.com"`, "1", 1), []string{jsonType},
			"scope_not_a_string", named("scope", "must be a string.")},
		"a list": {strings.Replace(wholeJSON, `"alice@example.com"`, `["alice@example.com"]`, 1), []string{jsonType},
			"scope_not_a_string", named("scope", "must be a string.")},
		"null": {strings.Replace(wholeJSON, `"alice@example.com"`, "null", 1), []string{jsonType},
			"scope_not_a_string", named("scope", "must be a string.")},
		"an object": {strings.Replace(wholeJSON, `"client_credentials"`, "{}", 1), []string{jsonType},
			"grant_type_not_a_string", named("grant_type", "must be a string.")},
		"NUL": {strings.Replace(wholeForm, "alice", "al%00ice", 1), []string{formType},
			"scope_characters", named("scope", "has characters that are not allowed.")},
		"a line break": {strings.Replace(wholeForm, "alice", "a%0d%0aSet-Cookie:x", 1), []string{formType},
			"scope_characters", named("scope", "has characters that are not allowed.")},
		"an escape sequence": {strings.Replace(wholeForm, "alice", "%1b[31m", 1), []string{formType},
			"scope_characters", named("scope", "has characters that are not allowed.")},
		"an id in Latin-1": {strings.Replace(wholeForm, "{id}", "app_%e9", 1), []string{formType},
			"client_id_characters", named("client_id", "has characters that are not allowed.")},
		"an id in Chinese": {strings.Replace(wholeForm, "{id}", "应用", 1), []string{formType},
			"client_id_characters", named("client_id", "has characters that are not allowed.")},
		"a secret in Chinese, by Basic": {bareForm, []string{formType, "Authorization: basic:{id}:密"},
			"client_secret_characters", named("client_secret", "has characters that are not allowed.")},
		"a long id": {strings.Replace(wholeForm, "{id}", strings.Repeat("a", 4000), 1), []string{formType},
			"client_id_too_long", named("client_id", "is longer than 255 characters.")},
		"a long secret, by Basic": {bareForm, []string{formType, "Authorization: basic:{id}:" + strings.Repeat("a", 256)},
			"client_secret_too_long", named("client_secret", "is longer than 255 characters.")},
		"a bad escape": {strings.Replace(wholeForm, "{secret}", "100%", 1), []string{formType},
			"client_secret_encoding", named("client_secret", "is not form-encoded: a percent sign is written %25.")},
		"capitals": {strings.Replace(wholeForm, "scope", "SCOPE", 1), []string{formType},
			"scope_capitals", named("scope", "must be written in lower case.")},
		"capitals in JSON": {object(`,"Client_Secret":"` + canary + `"`), []string{jsonType},
			"client_secret_capitals", named("client_secret", "must be written in lower case.")},
		"a form as JSON": {wholeForm, []string{jsonType},
			"body_not_an_object", "The body must be one JSON object in UTF-8."},
		"JSON as a form": {wholeJSON, []string{formType}, "body_is_json",
			"The body is JSON, and its Content-Type is that of a form."},
		"a list as a body":  {"[" + wholeJSON + "]", []string{jsonType}, "body_not_an_object", ""},
		"a list, and Basic": {"[]", []string{jsonType, whole}, "body_not_an_object", ""},
		"null as a body":    {"null", []string{jsonType}, "body_not_an_object", ""},
		"two objects":       {wholeJSON + "{}", []string{jsonType}, "body_not_an_object", ""},
		"JSON in Latin-1":   {object(",\"x\":\"\xe9\""), []string{jsonType}, "body_not_an_object", ""},
		"no body":           {"", nil, "grant_type_missing", ""},
		"no body, a type":   {"", []string{jsonType}, "grant_type_missing", ""},

		"Basic without base64": {bareForm, []string{formType, "Authorization: Basic !!!"}, "basic_malformed",
			"The Authorization header must have the client id, a colon and the secret, in base64, after Basic."},
		"Basic without a colon": {bareForm, []string{formType, "Authorization: basic:" + canary}, "basic_malformed", ""},
		"Basic twice": {bareForm, []string{formType, whole, whole + "x"}, "basic_repeated",
			"The Authorization header comes twice, with two credentials."},
		"Basic with another id": {bareForm + "&client_id=" + canary, []string{formType, whole},
			"client_id_differs", named("client_id", "differs from what the Authorization header has.")},
		"Basic with another secret": {bareForm + "&client_secret=" + canary, []string{formType, whole},
			"client_secret_differs", named("client_secret", "differs from what the Authorization header has.")},
		"a secret and an assertion": {wholeForm + "&client_assertion=x", []string{formType}, "methods_mixed",
			"The request authenticates in two ways: by a client secret and by the parameter client_assertion."},
		"Basic and an assertion": {bareForm + "&client_assertion=x", []string{formType, whole}, "methods_mixed", ""},
		"an assertion without a type": {bareForm + "&client_assertion=x", []string{formType},
			"client_assertion_type_missing", named("client_assertion_type", "is missing.")},
		"an assertion of another type": {bareForm + "&client_assertion=x&client_assertion_type=" + canary,
			[]string{formType}, "client_assertion_type_unknown", named("client_assertion_type",
				"must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer.")},
		"two assertions": {bareForm + "&client_assertion=x&client_assertion=y" + assertionOfType, []string{formType},
			"client_assertion_repeated", named("client_assertion", "comes more than once.")},
		"a grant without an assertion": {"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", []string{formType},
			"assertion_missing", named("assertion", "is missing.")},
		"a grant beside a secret": {
			strings.Replace(wholeForm, "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=x", 1),
			[]string{formType}, "assertion_beside_credentials", "The parameter assertion authenticates the client: " +
				"no client secret and no client_assertion belong beside it."},
	}
	texts := map[string]string{}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			before := len(a.log.String())
			r := requestForm{test.body, test.headers}.ask(a)
			refusal(t, r, 400, "invalid_request")
			text := r.json(t)["error_description"].(string)
			is.True(test.about == "" || text == test.about) // the text of the fault
			is.True(texts[test.reason] == "" || texts[test.reason] == text)
			texts[test.reason] = text // one for each reason
			record := a.log.String()[before:]
			is.Equal(strings.Count(record, `"reason":"`+test.reason+`"`), 1) // one decision
			is.True(strings.Contains(record, `: `+test.reason+`"`))          // and why
			if test.identifies() {
				is.Equal(strings.Count(record, `"client_id":"`+a.clientID+`"`), 2) // and of whom
			}
			is.True(!strings.Contains(record+r.body, canary)) // nothing is repeated
		})
	}
	seen := map[string]bool{}
	for _, text := range texts {
		is.New(t).True(!seen[text]) // no two faults share a text
		seen[text] = true
	}
	is := is.New(t)
	for _, grant := range []string{"password", "refresh_token", "CLIENT_CREDENTIALS", canary} {
		r := requestForm{strings.Replace(wholeForm, "client_credentials", grant, 1), []string{formType}}.ask(a)
		refusal(t, r, 400, "unsupported_grant_type")
		is.Equal(r.json(t)["error_description"], "The grant that the parameter grant_type names is not supported.")
	}
	is.Equal(strings.Count(a.log.String(), `"reason":"grant_type_unknown"`), 4)
	for query, name := range map[string]string{"scope=x": "scope", "a=1&client%5Fsecret=" + canary: "client_secret",
		"Client_ID=x": "client_id", "grant_type": "grant_type", "assertion=&x": "assertion"} {
		r := a.sendTo("POST", base+"/application/token/?"+query, fillIn(a, wholeForm), formType)
		refusal(t, r, 400, "invalid_request")
		is.Equal(r.json(t)["error_description"], named(name, "belongs in the body, not in the query."))
		is.True(strings.Contains(a.log.String(), `"reason":"`+name+`_in_query"`))
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		r := a.send(method, "/application/token/", "")
		is.Equal(r.StatusCode, 405)
		is.Equal(r.Header.Get("Allow"), "POST") // what is allowed
	}
	refusal(t, a.send("POST", "/application/token/", "x="+strings.Repeat("a", 9000), formType), 413, "invalid_request")
	is.True(!strings.Contains(a.log.String(), canary))
}

// TestClaimedIDsInTheLog: the log names applications that there are, and nothing else
// that was sent as an id.
func TestClaimedIDsInTheLog(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		for _, id := range []string{canary, "alice@example.com", "app_0123456789abcdefghijkl"} {
			r := a.form("client_id", id, "client_secret", string(a.secret))
			refusal(t, r, 400, "invalid_request")
			is.True(!strings.Contains(a.log.String(), id))
		}
		is.Equal(strings.Count(a.log.String(), `"reason":"grant_type_missing"`), 3)
		other, otherSecret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms()})
		refusal(t, a.form("client_id", other, "client_secret", string(otherSecret)), 400, "invalid_request")
		is.Equal(strings.Count(a.log.String(), `"client_id":"`+other+`"`), 2) // the decision, and the request
		r := a.send("POST", "/application/token/", "x", "Content-Type: text/plain", basic(other, "x"))
		refusal(t, r, 415, "invalid_request")
		is.Equal(strings.Count(a.log.String(), `"client_id":"`+other+`"`), 3) // also if the body is not read
	})
}
