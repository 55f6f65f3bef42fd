package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// TestAllocations bounds how many allocations a request may take, from the handler to the
// database and back: what was measured, and a fifth more.
func TestAllocations(t *testing.T) {
	a := onSQLite(t, unlimited)
	token := strings.TrimPrefix(a.token("alice@example.com"), "Authorization: ")
	path, _ := a.roomWith(`{"name":"Budget"}`, "Authorization: "+token)
	for range 20 {
		a.roomWith(`{"name":"Budget"}`, "Authorization: "+token)
	}
	handler, err := server.New(t.Context(), a.config)
	is.New(t).NoErr(err)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.clientID},
		"client_secret": {string(a.secret)}, "scope": {"alice@example.com"}}.Encode()
	tests := map[string]struct {
		method, path, media, body string
		status, most              int
	}{
		"token":    {"POST", "/application/token/", mediaForm, form, http.StatusOK, 590},
		"retrieve": {"GET", path, "", "", http.StatusOK, 410},
		"create":   {"POST", "/rooms/", "application/json", `{"name":"Budget"}`, http.StatusCreated, 560},
		"list":     {"GET", "/rooms/", "", "", http.StatusOK, 1370},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			allocations := testing.AllocsPerRun(100, func() {
				request := httptest.NewRequestWithContext(t.Context(), test.method, base+test.path, strings.NewReader(test.body))
				if test.body == "" {
					request.Body = http.NoBody
				}
				if test.media != "" {
					request.Header.Set("Content-Type", test.media)
				}
				if test.media != mediaForm {
					request.Header.Set("Authorization", token)
				}
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				is.Equal(recorder.Code, test.status)
			})
			t.Logf("%.0f allocations", allocations)
			is.True(allocations <= float64(test.most)) // no request has become dearer
		})
	}
}
