package server

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	face "github.com/anteroom-go/anteroom/server/internal/google"
	"github.com/anteroom-go/anteroom/server/internal/headers"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// resource is what stands at one path: a route for each method.
type resource struct {
	routes   map[string]route
	pattern  string            // of its path, as http.ServeMux has them; empty if there is nothing
	patterns map[string]string // the pattern with the method of the route, by the method of the request
	// named are the resources at the same place that have a name of their own, as /rooms/lookup has beside /rooms/:id.
	// The router takes either of them only.
	named map[string]*resource
	face  bool // everything that the face of Google Meet's API answers
}

// newResource returns the resource at a path from the root of the host.
func newResource(full string) *resource {
	return &resource{routes: map[string]route{}, patterns: map[string]string{}, named: map[string]*resource{},
		pattern: places.Pattern(full)}
}

// at returns the resource at the place that has the name in the path, or res.
func (res *resource) at(params httprouter.Params) *resource {
	if n := len(params); n > 0 && res.named[params[n-1].Value] != nil {
		return res.named[params[n-1].Value]
	}
	return res
}

// patternOf returns the pattern of a request: with the method of its route, if there is one.
func (res *resource) patternOf(method string) string {
	if pattern, found := res.patterns[method]; found {
		return pattern
	}
	return res.pattern
}

// guarded reports whether callers need a token here.
func (res *resource) guarded() bool {
	for _, rt := range res.routes {
		return rt.guarded != nil
	}
	return false
}

// path returns the path that its routes have.
func (res *resource) path() string {
	for _, rt := range res.routes {
		return rt.path
	}
	return ""
}

// add adds a route. One for GET answers HEAD as well, scope included.
func (res *resource) add(rt route) {
	methods := []string{rt.method}
	if rt.method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	for _, method := range methods {
		res.routes[method], res.patterns[method] = rt, rt.method+" "+res.pattern
	}
}

// googleResource is everything that the API of Google Meet has.
func googleResource() *resource { return &resource{pattern: face.Below + "/v2/", face: true} }

// oauth reports whether clients authenticate here.
func (res *resource) oauth() bool {
	for _, rt := range res.routes {
		return rt.client != nil
	}
	return false
}

// newRouter registers the resources of the table by their paths. The router knows one method: which methods a
// resource has is its own affair.
func (s *Server) newRouter() *httprouter.Router {
	resources, open := map[string]*resource{}, map[string]*resource{}
	for _, rt := range s.routes() {
		if s.config.Withdrawn && !rt.probe {
			continue
		}
		full := s.places.Full(rt.place, rt.path)
		if resources[full] == nil {
			resources[full] = newResource(full)
		}
		resources[full].add(rt)
		if parent, last := path.Split(full); strings.HasPrefix(last, ":") {
			open[parent] = resources[full]
		}
		if rt.probe { // for those who know the listener and no prefix
			resources[rt.path] = resources[full]
		}
	}
	router := httprouter.New()
	for full, res := range resources {
		if parent, last := path.Split(full); open[parent] != nil && open[parent] != res {
			open[parent].named[last] = res
			continue
		}
		router.Handle(http.MethodGet, full, s.answering(res))
	}
	return router
}

// ServeHTTP answers one request, whatever its path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := places.CanonicalPath(r.URL.Path)
	handle, params, _ := s.router.Lookup(http.MethodGet, path)
	if s.config.Google && !s.config.Withdrawn && face.Owns(path, s.places.Full(places.BelowURL, "")) {
		handle = s.answering(googleResource())
	}
	if handle == nil {
		handle = s.answering(newResource(""))
	}
	handle(w, r, params)
}

// Google returns the API of Google Meet (v2) over the rooms of the server, for a host that serves it elsewhere than
// Config.Google does: what stands before /v2 in a path does not count. It is guarded, counted and logged as all else.
func (s *Server) Google() http.Handler {
	handle := s.answering(googleResource())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, nil) })
}

// answering returns the handler of a resource.
func (s *Server) answering(res *resource) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		res := res.at(params)
		if pattern := res.patternOf(r.Method); pattern != "" {
			r.Pattern = pattern // for what the host has around the server
		}
		c, end := s.newCall(w, r, params)
		defer end()
		if res.guarded() {
			c.origins = s.origins
		}
		h := w.Header()
		headers.Set(h, "X-Request-Id", c.requestID, "X-Content-Type-Options", "nosniff",
			"Referrer-Policy", "no-referrer", "Cache-Control", "no-store")
		defer s.log(c)
		defer s.recover(c)
		reply, err := s.dispatch(c, res)
		if err != nil {
			reply = c.refuse(err)
		}
		if err != nil && reply.Status >= http.StatusInternalServerError && c.gone() {
			c.abandon()
		}
		if s.draining.Load() {
			h.Set("Connection", "close")
		}
		c.write(reply)
	}
}

// dispatch answers by the route that the method chooses.
func (s *Server) dispatch(c *call, res *resource) (wire.Reply, error) {
	c.oauth, c.face = res.oauth(), res.face
	if res.face {
		return s.answerFace(c)
	}
	rt, found := res.routes[c.request.Method]
	switch {
	case found:
		c.pattern = rt.path
		if err := s.receive(c, rt); err != nil {
			return wire.Reply{}, err
		}
		c.begin()
		return s.serve(c, rt)
	case len(res.routes) == 0:
		return wire.Reply{}, answers.ErrNoRoute
	}
	methods := slices.Sorted(maps.Keys(res.routes))
	if reply, ok := c.origins.Preflight(c.request, methods); ok {
		c.pattern = res.path()
		return reply, nil
	}
	return wire.Reply{}, answers.MethodNotAllowed(methods)
}

// answerFace answers by a method of Google Meet's API, under the guards of a route.
func (s *Server) answerFace(c *call) (wire.Reply, error) {
	method, err := s.face.Find(c.request)
	if err != nil {
		return wire.Reply{}, err
	}
	rt := route{path: method.Pattern, scope: method.Scope, class: method.Class, costly: method.Costly}
	rt.guarded = func(c *call, caller rooms.Caller) (wire.Reply, error) {
		return method.Answer(c.request, caller, c.body)
	}
	rt, c.pattern = rt.takesJSON(maxAttendeesBody), rt.path
	if err := s.receive(c, rt); err != nil {
		return wire.Reply{}, err
	}
	c.begin()
	return s.serve(c, rt)
}
