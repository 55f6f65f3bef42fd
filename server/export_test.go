package server

import (
	"regexp"
	"strings"

	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Route is a line of the route table as tests see it.
type Route struct{ Method, Path, Scope string }

// Routes returns the route table in the spelling of openapi.yaml.
func Routes() []Route {
	var table []Route
	for _, rt := range new(Server).routes() {
		path := regexp.MustCompile(`:(\w+)`).ReplaceAllString(rt.path, "{$1}")
		if !strings.Contains(path, ".") && rt.place == places.BelowBase {
			path += "/"
		}
		if rt.place != places.BelowBase {
			path = "/" + path
		}
		scope := string(rt.scope)
		if scope == "" {
			scope = "public"
		}
		table = append(table, Route{rt.method, path, scope})
	}
	return table
}

// ReadListing returns what a query of a list means, and the query of another page
// of that list.
func ReadListing(text string) (query, link string, err error) {
	anywhere := wire.Cursor{After: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", Total: 1}
	l, err := readListing(text, func(string, string) (wire.Cursor, bool) { return anywhere, true })
	if err != nil {
		return "", "", err
	}
	return l.values.Encode(), l.with("cursor", "x"), nil
}
