package server

import "strings"

// Route is a line of the route table as tests see it.
type Route struct{ Method, Path, Scope string }

// Routes returns the route table in the spelling of openapi.yaml.
func Routes() []Route {
	var table []Route
	for _, rt := range routes() {
		path := strings.ReplaceAll(rt.path, ":id", "{id}")
		if !strings.Contains(path, ".") && rt.place == belowBase {
			path += "/"
		}
		if rt.place != belowBase {
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
