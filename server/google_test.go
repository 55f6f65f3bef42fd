package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/google/googletest"
	"github.com/anteroom-go/anteroom/delegation/registry/googlekeys"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
	googlecalls "github.com/anteroom-go/anteroom/server/calls"
)

// meet is a server with the API of Google Meet, and a key of its application.
type meet struct {
	*api
	keys    *googlekeys.Store
	key     google.Key
	private *rsa.PrivateKey
}

func withGoogle(c *server.Config) {
	c.Google, c.RateLimits.Off, c.AllowPublic = true, true, true
	c.Telephony.Language, c.Telephony.SIPGateway = "fr-FR", "sip:join@sip.example.org"
}

func newMeet(t *testing.T, a *api) *meet {
	t.Helper()
	is := is.New(t)
	m := &meet{api: a}
	var err error
	m.keys, err = googlekeys.New(googlekeys.Config{DB: a.plain.DB})
	is.NoErr(err)
	m.key, m.private, err = m.keys.Add(t.Context(), a.clientID, "")
	is.NoErr(err)
	return m
}

// bearer asks for a token by an assertion, as the libraries do.
func (m *meet) bearer(assertion string) reply {
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}.Encode()
	return m.send("POST", "/application/token/", form, "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
		"x-goog-api-client: gl-python/3.11 auth/2.63 auth-request-type/at cred-type/sa")
}

// tokenFor returns a token for a user, by scopes in Google's names.
func (m *meet) tokenFor(user string, names ...string) string {
	m.Helper()
	claims := googletest.Claims(m.clientID, user, m.clock.now())
	for _, name := range names {
		claims["scope"] = name
	}
	r := m.bearer(googletest.Sign(m.T, m.private, googletest.Header(m.key.ID), claims))
	token, _ := r.json(m.T)["access_token"].(string)
	is.New(m.T).True(token != "")
	return token
}

// ask sends a request to the API of Google Meet. The target is sent as it is.
func (m *meet) ask(token, method, target, body string, headers ...string) (int, object) {
	m.Helper()
	is := is.New(m.T)
	request, err := http.NewRequestWithContext(m.Context(), method, m.http.URL, strings.NewReader(body))
	is.NoErr(err)
	path, query, _ := strings.Cut(target, "?")
	request.URL.Path, request.URL.RawQuery = path, query
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	if request.Header.Get("Content-Encoding") == "gzip" {
		request.Body, request.ContentLength = io.NopCloser(zipped(m.T, body)), -1 // chunked
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	is.NoErr(err)
	var answer object
	is.NoErr(json.Unmarshal([]byte(read(m.T, response).body), &answer)) // always JSON
	return response.StatusCode, answer
}

func zipped(t *testing.T, text string) io.Reader {
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	_, err := writer.Write([]byte(text))
	is.New(t).NoErr(err)
	is.New(t).NoErr(writer.Close())
	return &buffer
}

// at returns a member of an answer by its path.
func at(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(object)
		value = object[name]
	}
	return value
}

// TestWhatGooglesClientsSend replays what the libraries for Go, Python, Java and Node were seen to send.
func TestWhatGooglesClientsSend(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		m := newMeet(t, a)
		token := m.tokenFor("alice@example.com")
		_, space := m.ask(token, "POST", "/google/v2/spaces", `{}`)
		name, code := space["name"].(string), space["meetingCode"].(string)
		_, member := m.ask(token, "POST", "/google/v2/"+name+"/members", `{"email":"m@example.com"}`)
		in := strings.NewReplacer("spaces/s1/members/m1", member["name"].(string), "spaces/s1", name, "abc-defg-hij", code,
			"ABC-DEFG-HIJ", strings.ToUpper(code))
		for _, test := range []struct {
			client, method, target, body string
			headers                      []string
			path                         string // of a member of the answer
			want                         any
		}{
			{"Go", "POST", "/v2/spaces?alt=json&prettyPrint=false", `{"config":{"accessType":"OPEN"}}`, nil,
				"config.accessType", "OPEN"},
			{"Go", "GET", "/v2/spaces/abc-defg-hij?alt=json&fields=name%2CmeetingUri&prettyPrint=false", "", nil, "name", name},
			{"Go", "PATCH", "/v2/spaces/s1?alt=json&prettyPrint=false&updateMask=config.accessType",
				`{"config":{"accessType":"TRUSTED"}}`, nil, "config.accessType", "TRUSTED"},
			{"Go", "POST", "/v2/spaces/s1:endActiveConference?alt=json&prettyPrint=false", `{}`, nil, "", nil},
			{"Go", "GET", "/v2/spaces/s1/members?alt=json&pageSize=2&prettyPrint=false", "", nil, "nextPageToken", nil},
			{"Go", "POST", "/v2/spaces/s1/members?alt=json&prettyPrint=false", `{"email":"bob@example.com","role":"COHOST"}`,
				nil, "role", "COHOST"},
			{"Go", "POST", "/v2/spaces/s1/members:batchUpdate?alt=json&prettyPrint=false",
				`{"requests":[{"member":{"name":"spaces/s1/members/m1","role":"COHOST"}}],"updateMask":"role"}`, nil, "", nil},
			{"Go", "GET", "/v2/conferenceRecords?alt=json&filter=space.meeting_code+%3D+%22abc-defg-hij%22&prettyPrint=false",
				"", nil, "conferenceRecords", nil},
			{"PyGAPIC", "POST", "/v2/spaces?%24alt=json%3Benum-encoding%3Dint", `{"config":{"accessType":3}}`,
				[]string{"x-goog-request-params: "}, "config.accessType", "RESTRICTED"},
			{"PyGAPIC", "GET", "/google//v2beta/spaces/s1/members?%24alt=json%3Benum-encoding%3Dint", "", nil, "", nil},
			{"PyDisc", "POST", "/v2/spaces?alt=json", `{"config": {"accessType": "RESTRICTED"}}`, nil, "config.accessType",
				"RESTRICTED"},
			{"PyDisc", "GET", "/google/v2/spaces/ABC-DEFG-HIJ?alt=json", "", nil, "name", name},
			{"Java", "POST", "/google/v2/spaces", `{"config":{"accessType":"RESTRICTED"}}`, []string{"Content-Encoding: gzip",
				"Content-Type: application/json; charset=UTF-8"}, "config.accessType", "RESTRICTED"},
			{"Java", "POST", "/google/v2/spaces/s1?updateMask=config.accessType", `{"config":{"accessType":"RESTRICTED"}}`,
				[]string{"Content-Encoding: gzip", "x-http-method-override: PATCH"}, "config.accessType", "RESTRICTED"},
			{"JGAPIC", "POST", "/v2/spaces/s1?$alt=json;enum-encoding%3Dint&updateMask=config.accessType",
				`{"config":{"accessType":2}}`, []string{"X-HTTP-Method-Override: PATCH"}, "config.accessType", "TRUSTED"},
			{"NGAPIC", "PATCH", "/v2/spaces/s1?updateMask=config.access_type&$alt=json%3Benum-encoding=int",
				`{"config":{"accessType":"OPEN"}}`, nil, "config.accessType", "OPEN"},
			{"Go", "DELETE", "/v2/spaces/s1/members/m1?alt=json&prettyPrint=false", "", nil, "", nil},
		} {
			t.Run(test.client+" "+test.method+" "+test.target, func(t *testing.T) {
				is := is.New(t)
				target := in.Replace(test.target)
				if !strings.HasPrefix(target, "/google") && test.client != "JGAPIC" && test.client != "NGAPIC" {
					target = "/google" + target // the others take a host and no path
				}
				status, answer := m.ask(token, test.method, target, in.Replace(test.body), test.headers...)
				is.Equal(status, 200)
				if test.path != "" {
					is.Equal(at(answer, test.path), test.want)
				}
			})
		}
	}, withGoogle)
}

// TestGoogleGrant is the attack list of the grant over HTTP.
func TestGoogleGrant(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		m := newMeet(t, a)
		claims := func() object { return googletest.Claims(m.clientID, "alice@example.com", m.clock.now()) }
		sign := func(claims object) string {
			return googletest.Sign(t, m.private, googletest.Header(m.key.ID), claims)
		}
		metadata := m.send("GET", "/.well-known/oauth-authorization-server", "").json(t)
		is.True(strings.Contains(text(metadata["scopes_supported"]), string(google.ScopeSettings)))
		is.True(!strings.Contains(text(metadata), "RS256")) // no endpoint takes it for client authentication

		without := claims()
		delete(without, "sub")
		r := m.bearer(sign(without))
		is.Equal(r.StatusCode, 400)
		is.Equal(r.code(), "invalid_grant")
		is.True(strings.Contains(r.json(t)["error_description"].(string), "set the subject"))
		unknown := claims()
		unknown["scope"] = "https://www.googleapis.com/auth/calendar"
		is.Equal(m.bearer(sign(unknown)).code(), "invalid_scope")

		good := sign(claims())
		is.Equal(m.bearer(good).StatusCode, 200)
		is.Equal(m.bearer(good).StatusCode, 200) // clients send the same bytes again
		about := sign(object{"iss": m.clientID, "sub": m.clientID, "aud": publicURL, "jti": "j",
			"iat": m.clock.now().Unix(), "exp": m.clock.now().Unix() + 60})
		for _, path := range []string{"token", "revoke", "introspect"} {
			form := url.Values{"grant_type": {"client_credentials"}, "token": {"x"}, "client_assertion": {about},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}.Encode()
			r := m.send("POST", "/application/"+path+"/", form, formType)
			is.Equal(r.StatusCode, 401) // RS256 is good for the grant alone
		}
		is.Equal(m.send("GET", "/rooms/", "", "Authorization: Bearer "+good).StatusCode, 401) // it is no token
		status, answer := m.ask(good, "GET", "/google/v2/spaces/x", "")
		is.Equal(status, 401)
		is.True(strings.Contains(at(answer, "error.message").(string), "set the subject"))

		keys, err := m.keys.All(t.Context(), m.clientID)
		is.NoErr(err)
		is.True(!keys[0].LastUsedAt.IsZero()) // operators see that it is in use
		is.NoErr(m.keys.End(t.Context(), m.clientID, m.key.ID))
		is.Equal(m.bearer(good).code(), "invalid_grant")                        // from the next request on
		is.True(strings.Contains(m.log.String(), "google_assertion_signature")) // operators learn why
	}, withGoogle)
}

// text returns a value as JSON.
func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(encoded)
}

// TestGoogleIsOffByDefault: nothing of the face answers unless it is asked for.
func TestGoogleIsOffByDefault(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	for _, path := range []string{"/google/v2/spaces/x", "/v2/spaces/x"} {
		is.Equal(a.statusOf("GET", path), 404)
	}
	is.True(!strings.Contains(a.send("GET", "/.well-known/oauth-authorization-server", "").body, "googleapis"))
}

// good returns an assertion of a stock client.
func (m *meet) good() string {
	return googletest.Sign(m.T, m.private, googletest.Header(m.key.ID),
		googletest.Claims(m.clientID, "alice@example.com", m.clock.now()))
}

// noKeys is a directory of a host's that has no keys.
type noKeys struct{}

func (noKeys) GoogleKeys(context.Context, string) ([]google.Key, error)       { return nil, nil }
func (noKeys) GoogleKeyUsed(context.Context, string, string, time.Time) error { return nil }

// noRecords is a source of records that is away.
func noRecords(context.Context, rooms.Caller, googlecalls.Query) ([]googlecalls.Record, error) {
	return nil, io.EOF
}
