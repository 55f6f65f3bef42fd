package server

import (
	"context"
	"regexp"
	"strings"

	"github.com/anteroom-go/anteroom/server/internal/places"
)

// Housekeep is what Run does once a minute.
func Housekeep(ctx context.Context, s *Server) error { return s.registry.Housekeep(ctx) }

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
