package server

import (
	"fmt"
	"net/http"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// route is one line of the API. There are three ways to make one: guarded demands
// a scope and a class of the quotas, client lets clients authenticate and answers
// every error as RFC 6749 does, and public needs no authentication. Each takes
// handlers of its own type, so that a handler that wants a caller fits only the
// first.
type route struct {
	method string
	path   string // without the trailing slash
	place  places.Place
	scope  scopes.Scope // empty unless guarded
	class  rates.Class
	costly bool     // only so many of one application are answered at once
	probe  bool     // for those who run the server, not for callers
	limit  int64    // of the body, in bytes
	media  []string // of the body; none if the route takes none

	public  publicHandler
	guarded guardedHandler
	client  clientHandler
}

type (
	publicHandler  func(c *call) (wire.Reply, error)
	guardedHandler func(c *call, caller rooms.Caller) (wire.Reply, error)
	clientHandler  func(c *call, request oauth.Request) (wire.Reply, error)
)

// The endpoints at which clients authenticate.
const (
	tokenPath      = "/application/token"
	revokePath     = "/application/revoke"
	introspectPath = "/application/introspect"
)

// readyPath is where gateways ask whether requests can be answered.
const readyPath = "/readyz"

// routes returns the whole surface of the API.
func (s *Server) routes() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	const attendees, attendee = "/rooms/:id/attendees", "/rooms/:id/attendees/:attendee"
	return []route{
		client(tokenPath, s.tokens.issue),
		client(revokePath, s.tokens.revoke),
		client(introspectPath, s.tokens.introspect),

		guarded(get, "/rooms", scopes.RoomsList, rates.Reads, s.rooms.list).expensive(),
		guarded(post, "/rooms", scopes.RoomsCreate, rates.Creates, s.rooms.create).takesJSON(maxRoomBody),
		guarded(get, "/rooms/:id", scopes.RoomsRetrieve, rates.Reads, s.rooms.retrieve),
		guarded(patch, "/rooms/:id", scopes.RoomsUpdate, rates.Writes, s.rooms.update).takesPatch(),
		guarded(del, "/rooms/:id", scopes.RoomsDelete, rates.Writes, s.rooms.remove),
		guarded(post, "/rooms/lookup", scopes.RoomsRetrieve, rates.Reads, s.rooms.lookUp).takesJSON(maxRoomBody),
		guarded(get, "/rooms/:id/invitation", scopes.RoomsRetrieve, rates.Reads, s.rooms.invite),

		guarded(get, attendees, scopes.RoomsAttendees, rates.Reads, s.attendees.list).expensive(),
		guarded(post, attendees, scopes.RoomsAttendees, rates.Writes, s.attendees.add).takesJSON(maxRoomBody),
		guarded(put, attendees, scopes.RoomsAttendees, rates.Writes, s.attendees.replace).
			takesJSON(maxAttendeesBody).expensive(),
		guarded(get, attendee, scopes.RoomsAttendees, rates.Reads, s.attendees.retrieve),
		guarded(patch, attendee, scopes.RoomsAttendees, rates.Writes, s.attendees.change).takesPatch(),
		guarded(del, attendee, scopes.RoomsAttendees, rates.Writes, s.attendees.remove),

		guarded(get, "/stats/rooms", scopes.StatsRead, rates.Reads, s.statistics.read).expensive(),

		public("/openapi.json", s.documents.openAPI),
		public("/openapi-3.0.json", s.documents.openAPI30),
		public("/docs", s.documents.page),
		public("/docs/:file", s.documents.file),
		public(places.JWKS, s.documents.jwks).at(places.BelowURL),
		public(places.AuthorizationServer, s.documents.authorizationServer).at(places.WellKnown),
		public(places.ProtectedResource, s.documents.protectedResource).at(places.WellKnown),
		public("/healthz", s.documents.alive).at(places.BelowURL).probes(),
		public(readyPath, s.whileServing(s.documents.ready)).at(places.BelowURL).probes(),
	}
}

// public returns a route for GET that needs no authentication.
func public(path string, handle publicHandler) route {
	return route{method: http.MethodGet, path: path, public: handle}
}

// guarded returns a route for bearers of a token that permits the scope, within
// the quotas of the class.
func guarded(method, path string, scope scopes.Scope, class rates.Class, handle guardedHandler) route {
	if !scope.Valid() || !class.Valid() {
		panic(fmt.Sprintf("server: the route %s %s demands no scope or has no class", method, path))
	}
	return route{method: method, path: path, scope: scope, class: class, guarded: handle}
}

// client returns a route for POST at which clients authenticate.
func client(path string, handle clientHandler) route {
	rt := route{method: http.MethodPost, path: path, client: handle}
	return rt.takes(maxTokenBody, wire.MediaForm, wire.MediaJSON)
}

// takes returns the route with a body of at most so many bytes, in one of the
// media types.
func (rt route) takes(limit int64, media ...string) route {
	rt.limit, rt.media = limit, media
	return rt
}

// takesJSON returns the route with a body in JSON.
func (rt route) takesJSON(limit int64) route { return rt.takes(limit, wire.MediaJSON) }

// takesPatch returns the route with a body of either kind of patch.
func (rt route) takesPatch() route {
	return rt.takes(maxRoomBody, wire.MediaJSON, wire.MediaMergePatch)
}

// expensive returns the route as one that costs more than others: by its work, or
// by the size of its answers.
func (rt route) expensive() route {
	rt.costly = true
	return rt
}

// at returns the route elsewhere than below the base path.
func (rt route) at(p places.Place) route {
	rt.place = p
	return rt
}

// probes returns the route as one that stays when the API is withdrawn.
func (rt route) probes() route {
	rt.probe = true
	return rt
}
