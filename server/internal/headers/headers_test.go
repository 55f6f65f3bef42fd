package headers_test

import (
	"net/http"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/headers"
)

func TestFieldsAreApart(t *testing.T) {
	is := is.New(t)
	h := http.Header{"Vary": {"Origin"}}
	headers.Set(h, "Vary", "Accept", "Cache-Control", "no-store")
	is.Equal(h, http.Header{"Vary": {"Accept"}, "Cache-Control": {"no-store"}}) // as by Header.Set
	h.Add("Vary", "Origin")
	is.Equal(h.Values("Cache-Control"), []string{"no-store"}) // what a host adds to one field changes no other
}
