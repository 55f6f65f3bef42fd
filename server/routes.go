package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// A route is one line of the API. There are two ways to make one: guarded,
// which demands a scope and says what its requests count as, and public, which
// says in so many words that it needs none. A handler that wants a grant fits
// only the first.
type route struct {
	method string
	path   string // without the trailing slash
	scope  scopes.Scope
	place  place
	exact  bool // its path would be taken for that of another route with a parameter
	handle func(s *Server) httprouter.Handle
}

// place says what a route's path is below.
type place int

const (
	belowBase place = iota // the base path of the API
	belowURL               // the path of the public URL
	wellKnown              // the root of the host, with the path of the public URL at the end (RFC 8414 §3.1)
)

type (
	publicHandler  func(s *Server, w http.ResponseWriter, r *http.Request) error
	guardedHandler func(s *Server, w http.ResponseWriter, r *http.Request, grant delegation.Grant) error
)

// The endpoints at which clients authenticate; they speak RFC 6749 in their
// errors, everything else RFC 9457.
const (
	tokenPath      = "/application/token"
	revokePath     = "/application/revoke"
	introspectPath = "/application/introspect"
)

// routes is the whole surface of the API.
func routes() []route {
	return []route{
		public("POST", tokenPath, (*Server).issueToken),
		public("POST", revokePath, (*Server).revokeToken),
		public("POST", introspectPath, (*Server).introspectToken),

		guarded("GET", "/rooms", scopes.RoomsList, reads, (*Server).listRooms),
		guarded("POST", "/rooms", scopes.RoomsCreate, creates, (*Server).createRoom),
		guarded("GET", "/rooms/:id", scopes.RoomsRetrieve, reads, (*Server).retrieveRoom),
		guarded("PATCH", "/rooms/:id", scopes.RoomsUpdate, writes, (*Server).updateRoom),
		guarded("DELETE", "/rooms/:id", scopes.RoomsDelete, writes, (*Server).deleteRoom),
		guarded("POST", "/rooms/lookup", scopes.RoomsRetrieve, reads, (*Server).lookUpRoom).first(),
		guarded("GET", "/rooms/:id/invitation", scopes.RoomsRetrieve, reads, (*Server).invite),

		guarded("GET", "/rooms/:id/attendees", scopes.RoomsAttendees, reads, (*Server).listAttendees),
		guarded("POST", "/rooms/:id/attendees", scopes.RoomsAttendees, writes, (*Server).addAttendee),
		guarded("PUT", "/rooms/:id/attendees", scopes.RoomsAttendees, writes, (*Server).replaceAttendees),
		guarded("GET", "/rooms/:id/attendees/:attendee", scopes.RoomsAttendees, reads, (*Server).retrieveAttendee),
		guarded("PATCH", "/rooms/:id/attendees/:attendee", scopes.RoomsAttendees, writes, (*Server).changeAttendee),
		guarded("DELETE", "/rooms/:id/attendees/:attendee", scopes.RoomsAttendees, writes, (*Server).removeAttendee),

		guarded("GET", "/stats/rooms", scopes.StatsRead, reads, (*Server).readStatistics),

		public("GET", "/openapi.json", (*Server).serveOpenAPI),
		public("GET", "/docs", (*Server).serveDocs),
		public("GET", "/docs/:file", (*Server).serveDocsFile),
		public("GET", "/.well-known/jwks.json", (*Server).serveJWKS).at(belowURL),
		public("GET", authorizationServerPath, (*Server).serveAuthorizationServer).at(wellKnown),
		public("GET", protectedResourcePath, (*Server).serveProtectedResource).at(wellKnown),
		public("GET", "/healthz", (*Server).alive).at(belowURL),
		public("GET", "/readyz", (*Server).ready).at(belowURL),
	}
}

// public makes a route that anyone may call.
func public(method, path string, handle publicHandler) route {
	return route{method: method, path: path, handle: func(s *Server) httprouter.Handle {
		return s.handle(path, func(w http.ResponseWriter, r *http.Request) error { return handle(s, w, r) })
	}}
}

// guarded makes a route for bearers of a token that permits the scope, within
// the limits of the class.
func guarded(method, path string, scope scopes.Scope, c class, handle guardedHandler) route {
	if !scope.Valid() || !slices.Contains(classes(), c) {
		panic(fmt.Sprintf("server: the route %s %s demands no scope or counts as nothing", method, path))
	}
	return route{method: method, path: path, scope: scope, handle: func(s *Server) httprouter.Handle {
		return s.handle(path, func(w http.ResponseWriter, r *http.Request) error {
			grant, err := s.authorize(r, scope)
			if err != nil {
				return err
			}
			if err := s.limit(w, grant, c); err != nil {
				return err
			}
			return handle(s, w, r, grant)
		})
	}}
}

// at puts a route elsewhere than below the base path.
func (rt route) at(p place) route {
	rt.place = p
	return rt
}

// first puts a route before those whose paths have parameters, which the router
// does not let stand beside it.
func (rt route) first() route {
	rt.exact = true
	return rt
}

// fullPath returns the path of a route from the root of the host.
func (s *Server) fullPath(rt route) string {
	switch rt.place {
	case belowURL:
		return s.urlPath + rt.path
	case wellKnown:
		return wellKnownPath(rt.path, s.urlPath)
	}
	return s.base + rt.path
}

// newRouter registers the table below the path of the public URL. Nothing
// redirects; a GET route answers HEAD by the same way, scope included.
func (s *Server) newRouter() *httprouter.Router {
	exact := s.routerOf(func(rt route) bool { return rt.exact })
	rest := s.routerOf(func(rt route) bool { return !rt.exact })
	exact.NotFound = rest
	rest.NotFound = s.plain("", func(http.ResponseWriter, *http.Request) error { return errNoRoute })
	return exact
}

// routerOf registers a part of the table.
func (s *Server) routerOf(part func(route) bool) *httprouter.Router {
	router := httprouter.New()
	router.RedirectTrailingSlash, router.RedirectFixedPath, router.HandleOPTIONS = false, false, false
	for _, rt := range routes() {
		if !part(rt) {
			continue
		}
		path := s.fullPath(rt)
		router.Handle(rt.method, path, rt.handle(s))
		if rt.method == http.MethodGet {
			router.Handle(http.MethodHead, path, rt.handle(s))
		}
	}
	router.MethodNotAllowed = s.plain("", func(w http.ResponseWriter, r *http.Request) error { return methodNotAllowed(w, r, router) })
	return router
}

// plain is handle for the router's handlers without parameters.
func (s *Server) plain(pattern string, handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	handler := s.handle(pattern, handle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, r, nil) })
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request, router *httprouter.Router) error {
	var allowed []string
	for _, method := range []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"} {
		if handle, _, _ := router.Lookup(method, r.URL.Path); handle != nil {
			allowed = append(allowed, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return errMethod
}

// canonicalPath writes every spelling of a path in one way: single slashes, and
// none at the end.
func canonicalPath(path string) string {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	return "/" + strings.Join(segments, "/")
}
