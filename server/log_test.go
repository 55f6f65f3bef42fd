package server_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server"
)

// TestNothingSecretIsLogged plants canaries in every place that a caller can
// reach, and looks for them in all that the server wrote.
func TestNothingSecretIsLogged(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		const canary = "canary0123456789"
		token := a.token("alice@example.com")
		raw := strings.TrimPrefix(token, "Authorization: Bearer ")
		room := a.create(`{"name":"`+canary+`","external_id":"`+canary+`"}`, token)
		pin := room["telephony"].(object)["pin_code"].(string)
		path := "/rooms/" + room["id"].(string)
		a.call("GET", path+"?"+canary+"="+raw, "", token)
		a.call("GET", "/rooms/?"+canary+"="+canary, "", token)
		a.call("GET", "/rooms/?access_token="+raw, "", "")
		a.call("GET", "/rooms/"+raw, "", token)
		a.call("GET", path+"/invitation", "", token)
		a.send("GET", path+"/invitation", "", token, "Accept: image/"+canary, "Accept-Language: "+canary)
		a.sendTo("GET", "/"+canary+"/"+raw, "", "User-Agent: "+canary, "Referer: "+canary, "X-Request-Id: "+canary+"!")
		a.call("PATCH", path, `{"name":"`+canary+`","`+canary+`":1}`, token)
		a.call("POST", "/rooms/", canary, token)
		a.call("GET", "/rooms/", "", token+"x")
		a.call("GET", "/rooms/", "", "Authorization: Bearer "+canary)
		a.call("GET", "/rooms/", "", "Authorization: "+canary+" "+raw)
		a.ask(a.clientID, delegation.Secret(canary), "alice@example.com")
		a.ask(a.clientID, "arsk_"+canary, "alice@example.com")
		a.ask(canary, a.secret, "alice@example.com")
		a.ask(a.clientID, a.secret, canary+"@example.com")
		a.ask(a.clientID, a.secret, "alice@example.com "+canary)
		a.send("POST", "/application/token/?client_secret="+string(a.secret), "", formType)
		a.send("POST", "/application/token/", "client_secret="+string(a.secret)+"&"+canary+"=%zz", formType)
		for range 2 { // kept, and given again
			a.send("POST", "/rooms/", `{"metadata":{"`+canary+`":"`+canary+`"}}`, token, jsonType, "Idempotency-Key: "+canary)
		}
		a.send("POST", "/rooms/", `{"`+canary+`":1}`, token, jsonType, "Idempotency-Key: "+canary)
		a.send("PATCH", path, `{"metadata":{"`+canary+`":1}}`, token, jsonType, "If-Match: "+canary)
		a.call("POST", path+"/attendees", `{"email":"`+canary+`@example.com"}`, token)
		a.call("POST", path+"/attendees", `{"email":"`+canary+`","role":"`+canary+`"}`, token)
		a.call("PUT", path+"/attendees", `{"attendees":[{"email":"`+canary+`@example.com","`+canary+`":1}]}`, token)
		a.call("DELETE", path+"/attendees/"+canary, "", token)
		a.call("POST", "/rooms/lookup", `{"url":"https://meet.example.org/`+canary+`"}`, token)
		a.call("GET", "/rooms/?external_id="+canary+"&cursor="+canary, "", token)
		a.call("GET", "/stats/rooms/?time_zone="+canary, "", token)
		a.send("GET", path+"/invitation", "", token, "Accept: "+canary+"/"+canary, "Accept-Language: "+canary)
		a.call("DELETE", path, "", token)

		log := a.log.String()
		for name, secret := range map[string]string{
			"secret": string(a.secret), "secret part": string(a.secret)[16:],
			"token": raw, "signature": raw[strings.LastIndexByte(raw, '.')+1:],
			"PIN": pin, "canary": canary, "address": "alice@example.com",
		} {
			if strings.Contains(log, secret) {
				t.Errorf("the %s is in the log", name)
			}
		}
		is.True(strings.Contains(log, `"method":"DELETE","route":"/rooms/:id","status":204`) && // which room it was
			strings.Contains(log, `"room_id":"`+room["id"].(string)+`"`))
		for _, record := range []string{`"status":201`, `"status":404`, `"client_id":"` + a.clientID, `"route":"/rooms/:id"`,
			string(delegation.ReasonSecretMalformed), string(delegation.ReasonUserUnknown),
			`"client_id":"` + a.clientID + `","error":"delegation: not delegable: user_unknown"`} {
			is.True(strings.Contains(log, record)) // what operators need is there
		}
	})
}

// failing is a store that breaks in a chosen way.
type failing struct {
	rooms.Store
	find func() error
}

func (f failing) Find(context.Context, rooms.View, string) (rooms.Room, rooms.Role, error) {
	return rooms.Room{}, "", f.find()
}

func TestPanicsAndOutages(t *testing.T) {
	is := is.New(t)
	var find func() error
	a := onSQLite(t, func(c *server.Config) {
		c.Rooms.Rooms = failing{roomsql.New(c.DB), func() error { return find() }}
	})
	token := a.token("alice@example.com")
	path := "/rooms/0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e/"
	find = func() error { panic("the internal detail") }
	r := a.call("GET", path, "", token)
	problem(t, r, 500, "internal_error")
	is.True(!strings.Contains(r.body, "detail\":\"the internal")) // vague to the caller
	is.True(!strings.Contains(r.body, "goroutine"))
	is.True(strings.Contains(a.log.String(), "the internal detail")) // exact to the operator
	find = func() error { return errors.New("dial tcp 10.0.0.1:5432: connection refused") }
	r = a.call("GET", path, "", token)
	problem(t, r, 503, "temporarily_unavailable")
	is.True(r.Header.Get("Retry-After") != "")     // says when to come back
	is.True(!strings.Contains(r.body, "10.0.0.1")) // and nothing of the inside
	is.True(strings.Contains(a.log.String(), "10.0.0.1"))
	is.Equal(a.sendTo("GET", "/healthz", "").StatusCode, 200) // the process goes on
}

func TestStoreAway(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		is.NoErr(a.config.DB.(interface{ Close() error }).Close())
		r := a.ask(a.clientID, a.secret, "alice@example.com")
		refusal(t, r, 503, "temporarily_unavailable") // not the client's fault
		is.True(r.Header.Get("Retry-After") != "")
		problem(t, a.call("GET", "/rooms/", "", token), 503, "temporarily_unavailable") // nor the token's
		problem(t, a.sendTo("GET", "/readyz", ""), 503, "temporarily_unavailable")
		is.Equal(a.sendTo("GET", "/healthz", "").StatusCode, 200)                                 // alive, but not ready
		is.Equal(a.send("GET", "/.well-known/jwks.json", "").StatusCode, 200)                     // keys are in memory
		refusal(t, a.ask(a.clientID, "arsk_garbage", "alice@example.com"), 401, "invalid_client") // garbage needs no store
	})
}

func TestSlowAndLargeRequests(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	limits := a.http.Config
	is.True(limits.ReadHeaderTimeout > 0 && limits.ReadTimeout > 0 && // no caller holds a connection for ever
		limits.WriteTimeout > 0 && limits.IdleTimeout > 0)
	is.True(limits.MaxHeaderBytes > 0 && limits.MaxHeaderBytes <= 64<<10)
	request, err := http.NewRequest("GET", a.http.URL+"/healthz", nil)
	is.NoErr(err)
	for range 2000 {
		request.Header.Add("X-Many", strings.Repeat("x", 20))
	}
	response, err := http.DefaultClient.Do(request)
	is.NoErr(err)
	defer response.Body.Close()
	is.Equal(response.StatusCode, http.StatusRequestHeaderFieldsTooLarge) // many headers

	conn, err := net.Dial("tcp", strings.TrimPrefix(a.http.URL, "http://"))
	is.NoErr(err)
	defer conn.Close()
	_, err = conn.Write([]byte("POST " + base +
		"/application/token/ HTTP/1.1\r\nHost: x\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000000\r\n\r\n"))
	is.NoErr(err)
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	is.NoErr(err)
	is.True(strings.Contains(string(answer[:n]), "413")) // a body that is announced too large is not waited for
}

func TestNoRequestGoesPastTheServer(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.http.URL, "http://"))
	is.NoErr(err)
	defer conn.Close()
	_, err = conn.Write([]byte("OPTIONS * HTTP/1.1\r\nHost: x\r\nX-Request-Id: star\r\n\r\n"))
	is.NoErr(err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	is.NoErr(err)
	defer response.Body.Close()
	is.Equal(response.StatusCode, 404)
	is.Equal(response.Header.Get("X-Request-Id"), "star")            // answered like every other
	is.True(strings.Contains(a.log.String(), `"request_id":"star"`)) // and logged
}

func TestMountedInAHost(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	s, err := server.New(t.Context(), a.config)
	is.NoErr(err)
	mux := http.NewServeMux()
	mux.Handle("/external-api/", s)
	mux.HandleFunc("/api/v1.0/rooms/",
		func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the host's own")) })
	for path, want := range map[string]int{"/external-api/v1.0/rooms/": 401, "/api/v1.0/rooms/": 200,
		"/external-api/v1.0/openapi.json": 200} {
		recorder := httptest.NewRecorder()
		mux.ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		is.Equal(recorder.Code, want) // beside the host's own API
	}
}
