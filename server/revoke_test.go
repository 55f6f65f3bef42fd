package server_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// about sends a request about a token to one of the two endpoints.
func (a *api) about(endpoint, token string, clientID string, secret delegation.Secret) reply {
	a.Helper()
	form := "token=" + token + "&token_type_hint=access_token&client_id=" + clientID + "&client_secret=" + string(secret)
	return a.send("POST", "/application/"+endpoint+"/", form, formType)
}

func TestRevocationEndpoint(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		other, otherSecret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms()})
		header := a.token("alice@example.com")
		raw := strings.TrimPrefix(header, "Authorization: Bearer ")
		for _, garbage := range []string{"x", raw + "x", "a.b.c"} {
			is.Equal(a.about("revoke", garbage, a.clientID, a.secret).StatusCode, 200) // garbage is no error
		}
		is.Equal(a.about("revoke", raw, other, otherSecret).StatusCode, 200)
		is.Equal(a.call("GET", "/rooms/", "", header).StatusCode, 200) // another's token is not touched
		r := a.about("revoke", raw, a.clientID, a.secret)
		is.Equal(r.StatusCode, 200)
		is.Equal(r.body, "")
		problem(t, a.call("GET", "/rooms/", "", header), 401, "invalid_token") // on the next request
		is.Equal(a.call("GET", "/rooms/", "", a.token("alice@example.com")).StatusCode, 200)
	})
}

func TestIntrospectionEndpoint(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		resource, resourceSecret := a.register(delegation.Application{Name: "Media server", ResourceServer: true})
		other, otherSecret := a.register(delegation.Application{Name: "Other", Scopes: scopes.Rooms()})
		raw := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: Bearer ")
		a.change(func(app *delegation.Application) { app.Scopes = scopes.NewSet(scopes.RoomsList) })
		own := a.about("introspect", raw, a.clientID, a.secret).json(t)
		is.Equal(own["active"], true)
		is.Equal(own["scope"], "rooms:list")            // what it allows now
		is.Equal(own["client_id"], a.clientID)          // who acts
		is.Equal(own["act"], object{"sub": a.clientID}) // in so many words
		is.True(own["sub"] != a.clientID)               // for whom
		is.Equal(own["iss"], publicURL)
		is.Equal(a.about("introspect", raw, resource, resourceSecret).json(t), own) // a resource server sees it as well
		inactive := object{"active": false}
		is.Equal(a.about("introspect", raw, other, otherSecret).json(t), inactive) // no other does
		is.Equal(a.about("introspect", "x", resource, resourceSecret).json(t), inactive)
		is.Equal(a.about("revoke", raw, a.clientID, a.secret).StatusCode, 200)
		is.Equal(a.about("introspect", raw, resource, resourceSecret).json(t), inactive) // ended
	})
}

func TestRequestsAboutTokensRefused(t *testing.T) {
	a := onSQLite(t)
	for _, endpoint := range []string{"revoke", "introspect"} {
		is := is.New(t)
		path := "/application/" + endpoint + "/"
		credentials := "client_id=" + a.clientID + "&client_secret=" + string(a.secret)
		refusal(t, a.about(endpoint, "x", a.clientID, "wrong"), 401, "invalid_client")
		for form, description := range map[string]string{
			credentials:                        "The parameter token is missing.",
			credentials + "&token=x&token=y":   "The parameter token comes more than once.",
			credentials + "&Token=x":           "The parameter token must be written in lower case.",
			credentials + "&token=%zz":         "The parameter token is not form-encoded: a percent sign is written %25.",
			credentials + "&token=%00":         "The parameter token has characters that are not allowed.",
			credentials + "&client_id=&token=": "The parameter token is missing.",
		} {
			r := a.send("POST", path, form, formType)
			refusal(t, r, 400, "invalid_request")
			is.Equal(r.json(t)["error_description"], description)
		}
		r := a.sendTo("POST", base+path+"?token=x", credentials, formType)
		refusal(t, r, 400, "invalid_request")
		is.Equal(r.json(t)["error_description"], "The parameter token belongs in the body, not in the query.")
		refusal(t, a.send("POST", path, credentials+"&token=x", "Content-Type: text/plain"), 415, "invalid_request")
		refusal(t, a.send("POST", path, "token="+strings.Repeat("x", 9000), formType), 413, "invalid_request")
		refusal(t, a.send("GET", path, ""), 405, "invalid_request")
		r = a.send("POST", path, "token=x", formType)
		refusal(t, r, 401, "invalid_client")
		is.True(strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic ")) // says how to authenticate
		log := a.log.String()
		is.True(strings.Contains(log, `"client_id":"`+a.clientID+
			`","error":"invalid_request: delegation: invalid request: token_repeated"`)) // and whose fault it was
		is.True(!strings.Contains(log, `"reason":"token_`)) // which decides about no token
	}
}

// TestRequestsAboutTokensForms: what means nothing where tokens are asked about does
// not matter.
func TestRequestsAboutTokensForms(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	raw := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: Bearer ")
	for _, request := range []requestForm{
		{"token=" + raw + "&token_type_hint=x&token_type_hint=%00&scope=%ff&grant_type=1&Scope=2", []string{formType, whole}},
		{"token=" + raw + "%0A&client_id={id}&client_secret={secret}+", []string{formType, "Authorization: Bearer x"}},
		{"\xEF\xBB\xBF" + `{"token":"` + raw + `","token_type_hint":null,"client_id":null,"scope":[1]}`,
			[]string{jsonType + ";charset=utf8", whole, "Content-Encoding: UTF-8"}},
	} {
		is.Equal(request.send(a, "/application/introspect/?scope=x&x").json(t)["active"], true)
	}
	is.Equal(requestForm{"token=+" + raw, []string{formType, whole}}.send(a, "/application/revoke/?").StatusCode, 200)
	problem(t, a.call("GET", "/rooms/", "", "Authorization: Bearer "+raw), 401, "invalid_token") // it is revoked
}
