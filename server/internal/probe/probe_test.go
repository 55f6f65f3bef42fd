package probe_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/probe"
)

const soon = time.Millisecond

func target(t *testing.T, text string) (target probe.Target) {
	t.Helper()
	is.New(t).NoErr(target.UnmarshalText([]byte(text)))
	return target
}

// answering serves the statuses one after the other, and the last one for ever.
func answering(t *testing.T, statuses ...int) (server *httptest.Server, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := min(int(asked.Add(1)), len(statuses))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(statuses[n-1])
	}))
	t.Cleanup(server.Close)
	return server, asked
}

func TestTargets(t *testing.T) {
	is := is.New(t)
	for text, want := range map[string]struct {
		url    string
		status int
	}{
		"http://127.0.0.1:8080/readyz":  {"http://127.0.0.1:8080/readyz", 200},
		"https://example.com/rooms=401": {"https://example.com/rooms", 401},
		"http://example.com/?page=2":    {"http://example.com/?page=2", 200}, // no status has one digit
		"http://example.com/?n=404=200": {"http://example.com/?n=404", 200},
		"http://example.com/?n=04a":     {"http://example.com/?n=04a", 200},
		"http://example.com/?n=-10":     {"http://example.com/?n=-10", 200},
		"http://example.com/?n=099":     {"http://example.com/?n=099", 200},
	} {
		got := target(t, text)
		is.Equal(got.URL.String(), want.url)
		is.Equal(got.Status, want.status)
	}
	for _, wrong := range []string{"", "example.com", "/readyz", "ftp://example.com/", "http://", "http://%zz/", "=200",
		"http://user:hunter2@example.com/"} {
		err := (&probe.Target{}).UnmarshalText([]byte(wrong))
		is.True(err != nil)                                    // not a URL that can be asked
		is.True(!strings.Contains(err.Error(), "hunter2"))     // and nothing of it is repeated
		is.True(strings.Contains(err.Error(), "expected a U")) // but how it is written
	}
}

func TestWaitsForTheStatus(t *testing.T) {
	is := is.New(t)
	server, asked := answering(t, 503, 502, 200)
	is.NoErr(probe.Prober{Interval: soon}.Wait(t.Context(), target(t, server.URL)))
	is.Equal(asked.Load(), int32(3)) // until it was there, and no longer
}

func TestRedirectsAreAnswers(t *testing.T) {
	is := is.New(t)
	server, asked := answering(t, 308)
	is.NoErr(probe.Prober{}.Wait(t.Context(), target(t, server.URL+"=308")))
	is.Equal(asked.Load(), int32(1)) // not followed
}

func TestOneAttempt(t *testing.T) {
	is := is.New(t)
	server, asked := answering(t, 503)
	err := probe.Prober{}.Wait(t.Context(), target(t, server.URL+"/readyz"))
	is.Equal(err.Error(), server.URL+"/readyz: status 503, not 200") // the URL once, and what came
	is.Equal(asked.Load(), int32(1))
	server.Close()
	err = probe.Prober{}.Wait(t.Context(), target(t, server.URL))
	is.True(strings.Contains(err.Error(), "connection refused"))
	is.Equal(strings.Count(err.Error(), server.URL), 1)
}

func TestTellsWhatCameLast(t *testing.T) {
	is := is.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		cancel() // the time is over while the server thinks
		<-r.Context().Done()
	}))
	defer server.Close()
	err := probe.Prober{Interval: soon}.Wait(ctx, target(t, server.URL))
	is.True(strings.Contains(err.Error(), "status 404, not 200")) // not that the time was over
}

// TestServerThatHangs asks a server that accepts connections and never answers.
func TestServerThatHangs(t *testing.T) {
	is := is.New(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	is.NoErr(err)
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = probe.Prober{Interval: time.Hour}.Wait(ctx, target(t, "http://"+listener.Addr().String()))
	is.True(err != nil) // the end of ctx ends the attempt
}

func TestCertificates(t *testing.T) {
	is := is.New(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	u, err := url.Parse(server.URL)
	is.NoErr(err)
	err = probe.Prober{}.Wait(t.Context(), probe.Target{URL: u, Status: 200})
	is.True(strings.Contains(err.Error(), "certificate"))                                       // unknown issuer
	is.NoErr(probe.Prober{Insecure: true}.Wait(t.Context(), probe.Target{URL: u, Status: 200})) // by its name only
}
