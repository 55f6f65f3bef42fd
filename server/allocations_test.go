package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// mostAllocations is how many allocations one retrieve may take, from the handler
// to the database and back: what was measured, and a tenth more.
const mostAllocations = 545

func TestAllocationsOfARetrieve(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, unlimited)
	token := a.token("alice@example.com")
	path, _ := a.roomWith(`{"name":"Budget"}`, token)
	handler, err := server.New(t.Context(), a.config)
	is.NoErr(err)
	request := httptest.NewRequestWithContext(t.Context(), "GET", base+path, nil)
	request.Header.Set("Authorization", strings.TrimPrefix(token, "Authorization: "))
	allocations := testing.AllocsPerRun(200, func() {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		is.Equal(recorder.Code, http.StatusOK)
	})
	t.Logf("%.0f allocations", allocations)
	is.True(allocations <= mostAllocations) // no request has become dearer
}
