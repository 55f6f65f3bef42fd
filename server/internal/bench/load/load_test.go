package load_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/bench/load"
)

// serve answers with bodies of a length, with it and in chunks, and after 40 requests with something else.
func serve(t *testing.T) string {
	n := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n++; r.URL.Path {
		case "/chunks":
			_, _ = w.Write([]byte(`{"id":"` + strings.Repeat("a", 5000)))
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write([]byte(`b"}`))
		case "/later":
			if n > 40 {
				w.WriteHeader(http.StatusInternalServerError)
			}
			_, _ = w.Write([]byte(`{"id":"1"}`))
		case "/broken":
			_, _ = w.Write([]byte(`{"id":"1"`))
		default:
			_, _ = w.Write([]byte(`{"id":"1"}`))
		}
	}))
	server.Start()
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestTurn(t *testing.T) {
	address := serve(t)
	tests := map[string]struct {
		path, contains, failure string
	}{
		"with a length":  {"/length", `"id":"1"`, ""},
		"in chunks":      {"/chunks", `ab"}`, ""},
		"another body":   {"/length", `"id":"2"`, "does not contain"},
		"another status": {"/later", `"id":"1"`, "status 500 instead of 200"},
		"no JSON":        {"/broken", `"id":"1"`, "no JSON"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			request := load.Request{Text: load.NewRequest("GET", address, test.path, ""), Status: 200,
				Contains: []string{test.contains}}
			side := &load.Side{Next: func(int, int) load.Request { return request }}
			is.NoErr(side.Open(address, 1))
			defer side.Close()
			err := side.Turn(t.Context(), 0, 100, true)
			if test.failure != "" {
				is.True(err != nil && strings.Contains(err.Error(), test.failure)) // a wrong answer ends the run
				return
			}
			is.NoErr(err)
			is.Equal(side.Requests(), 100)
			is.True(side.Rate() > 0 && side.Quantile(0.5) <= side.Quantile(0.99))
			is.NoErr(side.Turn(t.Context(), time.Millisecond, 0, false))
			is.Equal(side.Requests(), 100) // a turn that warms up does not count
		})
	}
}
