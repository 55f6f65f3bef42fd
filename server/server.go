package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/pins"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/internal/admission"
	"github.com/anteroom-go/anteroom/server/internal/cors"
	face "github.com/anteroom-go/anteroom/server/internal/google"
	"github.com/anteroom-go/anteroom/server/internal/google/space"
	"github.com/anteroom-go/anteroom/server/internal/identity"
	"github.com/anteroom-go/anteroom/server/internal/invite"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/quota"
	"github.com/anteroom-go/anteroom/server/internal/records"
	"github.com/anteroom-go/anteroom/server/internal/upkeep"
	"github.com/anteroom-go/anteroom/server/internal/view"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The limits of a server.
const (
	bodyTimeout    = 15 * time.Second // for the body of a request to come
	requestTimeout = 20 * time.Second // for everything behind one request, from then on
	maxTokenBody   = 8 << 10
	maxUnknownBody = 8 << 10 // of a caller whose token was not looked at
	maxRoomBody    = 64 << 10
	maxHeaderBytes = 32 << 10 // a hundred external ids, the longest of ASCII, in a query

	maxAttendeesBody = 256 << 10 // of as many as a room may have, as they are listed
)

// Server is the external API as an http.Handler. It is safe for concurrent use.
type Server struct {
	config    Config // with its defaults
	places    places.Places
	authority *delegation.Authority
	service   *rooms.Service
	requests  *once.Requests    // nil if they are not supported
	counts    *stats.Statistics // nil if they are not supported
	proofs    *dpop.Verifier    // nil if proofs of possession are not supported
	callers   *identity.Callers
	origins   cors.Origins
	router    *httprouter.Router
	face      *face.Face // of the API of Google Meet
	meters    *quota.Meters
	gate      *admission.Gate

	tokens     tokenEndpoints
	rooms      roomEndpoints
	attendees  attendeeEndpoints
	statistics statisticsEndpoints
	documents  documentEndpoints

	draining atomic.Bool

	pins     *pins.Upkeep       // of the rooms of the database; nil if the host has its own
	rotating *registry.Keys     // those of the database; nil if the host has its own
	registry *registry.Registry // nil without a database
	memory   registry.Memory    // what the registry remembers of what the host did not replace
	upkeep   *upkeep.Database   // of none, if every contract is the host's
}

// New returns a server. It reads the signing keys from the database, or creates the first one; everything else happens
// when requests come. It gives up when ctx ends. It returns a [*ConfigError] for each field of config that is wrong,
// joined by [errors.Join].
func New(ctx context.Context, config Config) (*Server, error) {
	config, wrong := config.complete()
	s := &Server{config: config, gate: admission.NewGate(config.Now), upkeep: &upkeep.Database{},
		meters: quota.Open(config.RateLimits, config.RateCounter, config.Now, config.Logger)}
	if err := s.connect(ctx, wrong); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return s, nil
}

// prepare builds the handlers, and everything that does not change from request to request.
func (s *Server) prepare() (err error) {
	c := s.config
	if s.places, err = places.New(c.URL, c.BasePath); err != nil {
		return err
	}
	s.places.Google = c.Google
	if s.origins, err = cors.ParseOrigins(c.CORSOrigins); err != nil {
		return err
	}
	if s.callers, err = identity.New(s.authority, s.proofs, c.methods(), c.URL, s.origins); err != nil {
		return err
	}
	cursorKeys, err := c.RootKeys.DeriveAll("cursors", 32)
	if err != nil {
		return err
	}
	texts, err := invite.ReadTexts(c.Invitations.Templates, c.Invitations.Languages)
	if err != nil {
		return err
	}
	links, err := places.NewJoinLinks(c.RoomURL)
	if err != nil {
		return err
	}
	link := s.places.API + "/rooms/"
	s.tokens = tokenEndpoints{authority: s.authority, issuer: s.places.URL, audience: s.places.Resource}
	viewer := view.New(links, view.Phone{Number: c.Telephony.Number, Country: c.Telephony.Country,
		Language: c.Telephony.Language, SIP: c.Telephony.SIPGateway})
	viewer.Space = space.Shown(viewer)
	s.face = face.New(face.Config{Service: s.service, Viewer: viewer, Calls: c.Calls})
	s.rooms = roomEndpoints{service: s.service, requests: s.requests, viewer: viewer,
		invitations: invite.NewWriter(c.Now, texts),
		pages: view.Pages{Viewer: viewer, Cursors: wire.NewCursors(cursorKeys...), Link: link,
			Check: s.service.CheckOptions}}
	s.attendees = attendeeEndpoints{service: s.service, link: link}
	s.statistics = statisticsEndpoints{statistics: s.counts, now: c.Now}
	s.documents = s.newDocuments()
	s.router = s.newRouter()
	return nil
}

// Run does what has to be done between requests until ctx ends: it takes over signing keys that other processes made,
// rotates them, keeps when secrets were last used, forgets revocations of tokens that have expired and answers that
// were kept for long enough, gives the PINs of deleted rooms back, and keeps SQLite's log short. It also notices when
// another program has given the database a schema that does not bear this one: then requests are refused. Without it no
// key rotates, and the keys of other processes are taken over up to ten seconds later.
func (s *Server) Run(ctx context.Context) {
	var wait sync.WaitGroup
	wait.Go(func() { s.upkeep.Run(ctx, s.housekeeping(ctx, "database")) })
	if s.rotating != nil {
		wait.Go(func() { s.rotating.Run(ctx, s.housekeeping(ctx, "signing keys")) })
	}
	if s.registry != nil {
		wait.Go(func() { s.registry.Run(ctx, s.housekeeping(ctx, "registry")) })
	}
	if s.pins != nil {
		wait.Go(func() { s.pins.Run(ctx) })
	}
	if s.requests != nil {
		wait.Go(func() {
			upkeep.Every(ctx, forgetEvery, forgetFor, s.requests.Forget, s.housekeeping(ctx, "requests"))
		})
	}
	<-ctx.Done()
	wait.Wait()
}

// How often answers that were kept for long enough are forgotten, and for how long at a time.
const (
	forgetEvery = 10 * time.Minute
	forgetFor   = 30 * time.Second
)

// housekeeping returns what logs the errors of one kind of work, one a minute at most.
func (s *Server) housekeeping(ctx context.Context, work string) func(error) {
	return upkeep.Sparing(s.config.Now, func(err error, omitted int) {
		s.config.Logger.LogAttrs(ctx, slog.LevelError, "housekeeping", slog.String("work", work),
			slog.String("error", records.Error(err)), slog.Int("omitted", omitted))
	})
}

// Keys returns the keys that sign and verify tokens: those of the configuration, or those in its database as this
// process holds them.
func (s *Server) Keys() delegation.Keys { return s.config.Keys }

// Rooms returns the service behind the API, with its store, rules and hooks, for the host's own code: its internal API,
// its door.
func (s *Server) Rooms() *rooms.Service { return s.service }

// HTTPServer returns an http.Server for s with every time-out and size limit set. The caller sets the address or brings
// a listener.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      bodyTimeout + requestTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,

		DisableGeneralOptionsHandler: true, // it would answer OPTIONS * past s
	}
}

// Drain announces that the server is about to stop: from now on /readyz answers 503, and every answer carries
// Connection: close, so that proxies and clients turn to another server. Everything is answered as before. The caller
// goes on serving for as long as they need to notice, and then calls [http.Server.Shutdown].
func (s *Server) Drain() { s.draining.Store(true) }

// Draining reports whether [Server.Drain] was called.
func (s *Server) Draining() bool { return s.draining.Load() }
