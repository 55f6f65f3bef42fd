package server

import (
	"fmt"
	"net/http"

	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/contract"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// route is one line of the API. There are three ways to make one: guarded demands a scope and a class of the quotas,
// client lets clients authenticate and answers every error as RFC 6749 does, and public needs no authentication. Each
// takes handlers of its own type, so that a handler that wants a caller fits only the first.
type route struct {
	method string
	path   string // without the trailing slash
	place  places.Place
	scope  scopes.Scope // empty unless guarded
	class  rates.Class
	costly bool     // only so many of one application are answered at once
	probe  bool     // for those who run the server, not for callers
	tagged bool     // the handler looks at If-Match
	limit  int64    // of the body, in bytes
	media  []string // of the body; none if the route takes none

	public  publicHandler
	guarded guardedHandler
	read    requestReader
	client  clientHandler
}

type (
	requestReader  func(oauth.Sent) (oauth.Request, error)
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

// routes returns the whole surface of the API.
func (s *Server) routes() []route {
	const get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	const attendees, attendee = "/rooms/:id/attendees", "/rooms/:id/attendees/:attendee"
	return []route{
		client(tokenPath, oauth.Sent.ForToken, s.tokens.issue),
		client(revokePath, oauth.Sent.AboutToken, s.tokens.revoke),
		client(introspectPath, oauth.Sent.AboutToken, s.tokens.introspect),

		guarded(get, "/rooms", scopes.RoomsList, rates.Reads, s.rooms.list).expensive(),
		guarded(post, "/rooms", scopes.RoomsCreate, rates.Creates, s.rooms.create).takesJSON(maxRoomBody),
		guarded(get, "/rooms/:id", scopes.RoomsRetrieve, rates.Reads, s.rooms.retrieve).withTag(),
		guarded(patch, "/rooms/:id", scopes.RoomsUpdate, rates.Writes, s.rooms.update).takesPatch().withTag(),
		guarded(del, "/rooms/:id", scopes.RoomsDelete, rates.Writes, s.rooms.remove).withTag(),
		guarded(post, "/rooms/lookup", scopes.RoomsRetrieve, rates.Reads, s.rooms.lookUp).takesJSON(maxRoomBody),
		guarded(get, "/rooms/:id/invitation", scopes.RoomsRetrieve, rates.Reads, s.rooms.invite),

		guarded(get, attendees, scopes.RoomsAttendees, rates.Reads, s.attendees.list).expensive().withTag(),
		guarded(post, attendees, scopes.RoomsAttendees, rates.Writes, s.attendees.add).takesJSON(maxRoomBody).withTag(),
		guarded(put, attendees, scopes.RoomsAttendees, rates.Writes, s.attendees.replace).withTag().
			takesJSON(maxAttendeesBody).expensive(),
		guarded(get, attendee, scopes.RoomsAttendees, rates.Reads, s.attendees.retrieve).withTag(),
		guarded(patch, attendee, scopes.RoomsAttendees, rates.Writes, s.attendees.change).takesPatch().withTag(),
		guarded(del, attendee, scopes.RoomsAttendees, rates.Writes, s.attendees.remove).withTag(),

		guarded(get, "/stats/rooms", scopes.StatsRead, rates.Reads, s.statistics.read).expensive(),

		public("/openapi.json", s.documents.described(contract.OpenAPI)).withTag(),
		public("/openapi-3.0.json", s.documents.described(contract.OpenAPI30)).withTag(),
		public("/docs", s.documents.described(contract.Page)).withTag(),
		public("/docs/:file", s.documents.file).withTag(),
		public(places.JWKS, s.documents.jwks).at(places.BelowURL).withTag(),
		public(places.AuthorizationServer, fixed(&s.documents.issuerData)).at(places.WellKnown).withTag(),
		public(places.ProtectedResource, fixed(&s.documents.resourceData)).at(places.WellKnown).withTag(),
		public("/healthz", s.documents.alive).at(places.BelowURL).probes(),
		public("/readyz", s.ready).at(places.BelowURL).probes(),
	}
}

// public returns a route for GET that needs no authentication.
func public(path string, handle publicHandler) route {
	return route{method: http.MethodGet, path: path, public: handle}
}

// guarded returns a route for bearers of a token that permits the scope, within the quotas of the class.
func guarded(method, path string, scope scopes.Scope, class rates.Class, handle guardedHandler) route {
	if !scope.Valid() || !class.Valid() {
		panic(fmt.Sprintf("server: the route %s %s demands no scope or has no class", method, path))
	}
	return route{method: method, path: path, scope: scope, class: class, guarded: handle}
}

// client returns a route for POST at which clients authenticate.
func client(path string, read requestReader, handle clientHandler) route {
	rt := route{method: http.MethodPost, path: path, read: read, client: handle}
	return rt.takes(maxTokenBody, wire.MediaForm, wire.MediaJSON)
}

// takes returns the route with a body of at most so many bytes, in one of the media types.
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

// expensive returns the route as one that costs more than others: by its work, or by the size of its answers.
func (rt route) expensive() route {
	rt.costly = true
	return rt
}

// withTag returns the route as one whose handler looks at If-Match. No other one is answered
// to a request that depends on that.
func (rt route) withTag() route {
	rt.tagged = true
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
