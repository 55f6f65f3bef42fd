package server_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// behind sends a request to a proxy and returns the status and the tag of the answer, and
// whether it was compressed.
func behind(t *testing.T, address, method, path, body string, headers ...string) (status int, tag string, packed bool) {
	t.Helper()
	is := is.New(t)
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+base+path, strings.NewReader(body))
	is.NoErr(err)
	request.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	is.NoErr(err)
	_, err = io.Copy(io.Discard, response.Body)
	is.NoErr(err)
	is.NoErr(response.Body.Close())
	return response.StatusCode, response.Header.Get("ETag"), response.Header.Get("Content-Encoding") != ""
}

// TestConditionsBehindProxies changes rooms and attendees through web servers that compress,
// by the tags that come through them.
func TestConditionsBehindProxies(t *testing.T) {
	for _, test := range []struct{ proxy, coding string }{
		{"nginx", "gzip"}, {"Apache", "gzip"}, {"Apache", "br"}, {"Caddy", "gzip"}, {"Caddy", "zstd"},
	} {
		t.Run(test.proxy+" "+test.coding, func(t *testing.T) {
			is := is.New(t)
			a := onSQLite(t)
			token := a.token("alice@example.com")
			room, _ := a.roomWith(`{"name":"Budget"}`, token)
			attendee := a.invite(room, `{"email":"bob@example.com"}`, token)
			address := dbtest.Proxy(t, test.proxy, strings.TrimPrefix(a.http.URL, "http://"))
			accept := "Accept-Encoding: " + test.coding
			for _, change := range []struct{ path, method, body string }{
				{room, "PATCH", `{"name":"New"}`}, {attendee, "PATCH", `{"role":"administrator"}`},
				{room + "attendees/", "PUT", `{"attendees":[{"email":"carol@example.com"}]}`},
			} {
				status, tag, packed := behind(t, address, "GET", change.path, "", token, accept)
				is.Equal(status, 200)
				is.True(packed)
				t.Log(tag)
				status, _, _ = behind(t, address, "GET", change.path, "", token, accept, "If-None-Match: "+tag)
				is.Equal(status, 304)
				status, _, _ = behind(t, address, change.method, change.path, change.body, token, accept, "If-Match: "+tag)
				is.Equal(status, 200) // the tag came through the proxy, and names the version
				other := strings.ReplaceAll(strings.Replace(change.body, "New", "Newer", 1), "administrator", "member")
				other = strings.Replace(other, "carol", "dave", 1)
				status, _, _ = behind(t, address, change.method, change.path, other, token, accept, "If-Match: "+tag)
				is.Equal(status, 412) // which is an old one now
			}
		})
	}
}
