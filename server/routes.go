package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/admission"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/quota"
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
		public("/docs", s.documents.page),
		public("/docs/:file", s.documents.file),
		public(places.JWKS, s.documents.jwks).at(places.BelowURL),
		public(places.AuthorizationServer, s.documents.authorizationServer).at(places.WellKnown),
		public(places.ProtectedResource, s.documents.protectedResource).at(places.WellKnown),
		public("/healthz", s.documents.alive).at(places.BelowURL).probes(),
		public("/readyz", s.whileServing(s.documents.ready)).at(places.BelowURL).probes(),
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

// serve answers a call by its route.
func (s *Server) serve(c *call, rt route) (wire.Reply, error) {
	switch {
	case rt.guarded != nil:
		return s.serveGuarded(c, rt)
	case rt.client != nil:
		return s.serveClient(c, rt)
	}
	return rt.public(c)
}

// serveGuarded answers a call with a token: first who asks, then how often, then
// what for, then the input, and last how many at once. A token that is not good
// counts for no application, so that whoever holds one takes nothing from it.
func (s *Server) serveGuarded(c *call, rt route) (wire.Reply, error) {
	token, err := wire.BearerToken(c.request)
	if err != nil {
		return wire.Reply{}, err
	}
	grant, err := s.authority.Verify(c.context(), token)
	if err != nil {
		return wire.Reply{}, err
	}
	c.identify(grant.Application, grant.User)
	holder := quota.Holder{ClientID: grant.Application.ClientID, UserID: grant.User.ID, Own: grant.Application.RateLimits}
	if err := s.count(c, rt.class, holder); err != nil {
		return wire.Reply{}, err
	}
	if err := grant.Require(rt.scope); err != nil {
		return wire.Reply{}, err
	}
	if err := c.readBody(rt); err != nil {
		return wire.Reply{}, err
	}
	if err := s.enter(c, rt, holder); err != nil {
		return wire.Reply{}, err
	}
	return rt.guarded(c, callerOf(grant))
}

// count counts a call against the quotas, and tells the caller what is left.
func (s *Server) count(c *call, class rates.Class, holder quota.Holder) error {
	usage, err := s.meters.Count(c.context(), class, holder)
	if err != nil {
		return err
	}
	usage.Describe(c.writer.Header())
	if usage.Wait > 0 {
		s.config.Observer.overQuota(c, string(class))
		return limited(usage)
	}
	return nil
}

// charge counts a call of a client that has authenticated.
func (s *Server) charge(ctx context.Context, app delegation.Application, class rates.Class) error {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return errInternal.Because(errors.New("a context without its call"))
	}
	c.client = app.ClientID
	return s.count(c, class, quota.Holder{ClientID: app.ClientID, Own: app.RateLimits})
}

// enter takes a place for an expensive call, which is given back when the answer is
// written, however slowly it is read.
func (s *Server) enter(c *call, rt route, holder quota.Holder) error {
	if !rt.costly {
		return nil
	}
	leave, entered := s.meters.Enter(holder)
	if !entered {
		s.config.Observer.overQuota(c, "concurrent")
		return errCrowded
	}
	c.leave = leave
	return nil
}

// receive reads the body that the route takes, so that no store is asked and no time
// of the answer runs while it comes. What can be refused without a store is refused
// before that, and who sends more than any room needs must have a token of ours.
func (s *Server) receive(c *call, rt route) (err error) {
	if rt.guarded != nil && rt.limit > 0 {
		token, err := wire.BearerToken(c.request)
		large := rt.limit > maxRoomBody && (c.request.ContentLength < 0 || c.request.ContentLength > maxRoomBody)
		if err == nil && large {
			err = s.authority.Precheck(c.context(), token)
		}
		if err != nil {
			return err
		}
	}
	c.upload, err = wire.Receive(c.writer, c.request, rt.limit, bodyTimeout)
	return err
}

// readBody judges the body that the route takes, if it takes one.
func (c *call) readBody(rt route) (err error) {
	if len(rt.media) == 0 {
		return nil
	}
	c.body, err = c.upload.Body(c.request, rt.media...)
	var known wire.Error
	if rt.method == http.MethodPatch && errors.As(err, &known) && known.Status == http.StatusUnsupportedMediaType {
		known.AcceptPatch = strings.Join(rt.media, ", ") // RFC 5789 §2.2
		return known
	}
	return err
}

// serveClient answers a call of a client that authenticates.
func (s *Server) serveClient(c *call, rt route) (wire.Reply, error) {
	if c.request.URL.RawQuery != "" || c.request.URL.ForceQuery {
		return wire.Reply{}, errParametersInQuery
	}
	if err := c.readBody(rt); err != nil {
		return wire.Reply{}, err
	}
	request, err := oauth.ReadRequest(c.body, c.header("Authorization"))
	if err != nil {
		return wire.Reply{}, err
	}
	request.Origin = c.from.Network.String()
	reply, err := rt.client(c, request)
	if errors.Is(err, delegation.ErrInvalidClient) {
		err = s.unauthenticated(request, err)
	}
	return reply, err
}

// unauthenticated challenges a client that failed to authenticate, or slows it
// down if it failed too often. Its secret was checked before that, so that a
// correct one always works.
func (s *Server) unauthenticated(request oauth.Request, err error) error {
	if wait := s.gate.Failed(request.ClaimedID(), request.Origin); wait > 0 {
		return throttled(wait, err)
	}
	if request.Challenge {
		return errChallengedClient.Because(err)
	}
	return err
}

// admit lets an expensive check of a secret begin when it is its turn.
func (s *Server) admit(ctx context.Context, clientID, origin string) (done func(), err error) {
	done, err = s.gate.Admit(ctx, clientID, origin)
	var busy *admission.BusyError
	if errors.As(err, &busy) {
		return nil, throttled(busy.RetryAfter, err)
	}
	return done, err
}
