package cors_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/cors"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

func TestParseOrigins(t *testing.T) {
	is := is.New(t)
	origins, err := cors.ParseOrigins([]string{"https://app.example.org", "HTTPS://App.Example.org:443/",
		"http://localhost:5173", "http://[::1]:80", "https://xn--bcher-kva.example"})
	is.NoErr(err)
	is.Equal(origins, cors.Origins{"https://app.example.org", "http://localhost:5173", "http://[::1]",
		"https://xn--bcher-kva.example"}) // as browsers send them, once each
	for _, text := range []string{"", "*", "null", "https://*", "https://*.example.org", "app.example.org",
		"//app.example.org",
		"https://", "https://app.example.org/path", "https://app.example.org?x", "https://app.example.org#",
		"https://u@app.example.org", "ftp://app.example.org", "https://bücher.example", "https://app.example.org:",
		"https://a.example,https://b.example", "https://a.example https://b.example"} {
		_, err := cors.ParseOrigins([]string{text})
		is.True(err != nil) // no wildcard, and nothing that no browser sends
	}
	_, err = cors.ParseOrigins(make([]string, 101))
	is.True(err != nil)
}

func TestOriginsAreExact(t *testing.T) {
	is := is.New(t)
	origins, err := cors.ParseOrigins([]string{"https://app.example.org"})
	is.NoErr(err)
	allowed := func(sent ...string) string {
		r := httptest.NewRequest("GET", "/", nil)
		for _, one := range sent {
			r.Header.Add("Origin", one)
		}
		reply := origins.Open(r, wire.Empty(200).With("Vary", "Accept"))
		is.Equal(reply.Header["Vary"], "Accept, Origin") // whoever asked
		is.Equal(reply.Header["Access-Control-Allow-Credentials"], "")
		return reply.Header["Access-Control-Allow-Origin"]
	}
	is.Equal(allowed("https://app.example.org"), "https://app.example.org")
	for _, other := range []string{"", "null", "*", "https://app.example.org.evil.example", "https://evil-app.example.org",
		"http://app.example.org", "https://app.example.org:8443", "https://app.example.org/", "https://APP.example.org"} {
		is.Equal(allowed(other), "") // browsers send an origin in one form
	}
	is.Equal(allowed(), "")
	is.Equal(allowed("https://app.example.org", "https://evil.example"), "")
}

func TestPreflight(t *testing.T) {
	is := is.New(t)
	origins, err := cors.ParseOrigins([]string{"https://app.example.org"})
	is.NoErr(err)
	ask := func(method, origin, wanted string) (wire.Reply, bool) {
		r := httptest.NewRequest(method, "/", nil)
		r.Header.Set("Origin", origin)
		if wanted != "" {
			r.Header.Set("Access-Control-Request-Method", wanted)
		}
		reply, ok := origins.Preflight(r, []string{"DELETE", "PATCH"})
		return reply, ok
	}
	reply, ok := ask("OPTIONS", "https://app.example.org", "PATCH")
	is.True(ok)
	is.Equal(reply.Header["Access-Control-Allow-Methods"], "DELETE, PATCH")
	// by name: * does not stand for it
	is.True(strings.Contains(reply.Header["Access-Control-Allow-Headers"], "Authorization"))
	for _, other := range [][]string{{"OPTIONS", "https://evil.example", "PATCH"},
		{"OPTIONS", "https://app.example.org", ""}, {"PATCH", "https://app.example.org", "PATCH"}} {
		_, ok = ask(other[0], other[1], other[2])
		is.True(!ok)
	}
	_, ok = cors.Origins(nil).Preflight(httptest.NewRequest("OPTIONS", "/", nil), nil)
	is.True(!ok)
}
