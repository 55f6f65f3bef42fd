package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
)

// The limits of a server.
const (
	requestTimeout = 20 * time.Second // for everything behind one request
	startTimeout   = 30 * time.Second // for reading the signing keys in New
	maxTokenBody   = 8 << 10
	maxRoomBody    = 64 << 10
	maxHeaderBytes = 32 << 10 // a hundred external ids, the longest of ASCII, in a query

	maxAttendeesBody = 256 << 10 // of as many as a room may have, as they are listed
)

// Server is the external API as an http.Handler. It is safe for concurrent use.
type Server struct {
	config    Config
	authority *delegation.Authority
	rooms     *rooms.Service
	keys      delegation.Keys
	rotating  *registry.Keys     // those of the database; nil if the host has its own
	registry  *registry.Registry // keeps applications; nil if the host does
	router    *httprouter.Router
	throttle  *throttle
	meters    map[class]*meter // none if the limits are off
	openapi   []byte
	docs      []byte // the page that shows it
	metadata  metadata
	templates invitationTemplates
	cursors   cursors
	greeter   *greeter
	epoch     string // see Config.epoch
	urlPath   string // path of the public URL
	base      string // path of the external API, from the root of the host
	api       string // URL of the external API
}

// New returns a server. It reads the signing keys from the database, or creates
// the first one; everything else happens when requests come. An error names
// every field of config that is wrong.
func New(config Config) (*Server, error) {
	config, err := config.complete()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &Server{config: config, throttle: newThrottle(config.Now), greeter: newGreeter(config.Now), epoch: config.epoch(),
		meters: newMeters(config.RateLimits, config.Now)}
	if s.cursors, err = newCursors(config.RootKeys); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.connect(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	public, err := url.Parse(config.URL)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.urlPath, s.base, s.api = public.Path, public.Path+config.BasePath, config.URL+config.BasePath
	s.metadata = s.newMetadata(public)
	if err := s.writeContract(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if s.templates, err = newInvitationTemplates(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.router = s.newRouter()
	return s, nil
}

// connect builds the two domain services on what the configuration gives, and
// on the database for the rest.
func (s *Server) connect() (err error) {
	c := &s.config
	if err := s.fill(); err != nil {
		return err
	}
	s.keys = c.Keys
	s.authority, err = delegation.New(delegation.Config{
		Issuer: c.URL, Audience: c.URL + resourcePath, RootKeys: c.RootKeys,
		Applications: c.Applications, Users: c.Users, Keys: c.Keys,
		Records: c.Records, Assertions: c.Assertions, Provisioner: c.Provisioner,
		TokenTTL: c.TokenTTL, Now: c.Now, OnEvent: s.audit,
	})
	if err != nil {
		return err
	}
	s.rooms, err = rooms.New(rooms.Config{
		Store: c.Rooms, Now: c.Now, AllowPublic: c.AllowPublic, DefaultAccessLevel: c.DefaultAccessLevel,
		PINLength: c.Telephony.PINLength, Schema: c.Configuration, Directory: directory{c.Users}, OnEvent: c.OnRoomEvent,
	})
	return err
}

// fill puts the database behind every contract that the host did not replace.
func (s *Server) fill() error {
	c := &s.config
	if c.DB == nil {
		return nil
	}
	if c.Rooms == nil {
		c.Rooms = rooms.NewSQLStore(c.DB)
	}
	reg, err := registry.New(registry.Config{DB: c.DB, RootKeys: c.RootKeys, Now: c.Now,
		Algorithm: c.SigningAlgorithm, RotateEvery: c.KeyRotation, OnEvent: s.audit})
	if err != nil {
		return err
	}
	if c.Applications == nil {
		s.registry = reg
		c.Applications, c.Records, c.Assertions = reg, orElse[delegation.Records](c.Records, reg), orElse[delegation.Assertions](c.Assertions, reg)
	}
	if c.Users == nil {
		c.Users, c.Provisioner = reg, orElse[delegation.Provisioner](c.Provisioner, reg)
	}
	if c.Keys == nil {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		s.rotating, err = reg.OpenKeys(ctx)
		c.Keys = s.rotating
	}
	return err
}

// orElse returns the contract that the host gave, or else the registry's.
func orElse[T comparable](given, kept T) T {
	var none T
	if given == none {
		return kept
	}
	return given
}

// Run does what has to be done between requests until ctx ends: it takes over
// signing keys that other processes made, rotates them, keeps when secrets were
// last used, and forgets revocations of tokens that have expired and answers that
// were kept for long enough. Without it the server goes on with the keys that it
// started with.
func (s *Server) Run(ctx context.Context) {
	report := func(err error) {
		s.config.Logger.LogAttrs(ctx, slog.LevelError, "housekeeping", slog.String("error", err.Error()))
	}
	var wait sync.WaitGroup
	if s.rotating != nil {
		wait.Go(func() { s.rotating.Run(ctx, report) })
	}
	if s.registry != nil {
		wait.Go(func() { s.registry.Run(ctx, report) })
	}
	wait.Go(func() { s.forget(ctx, report) })
	<-ctx.Done()
	wait.Wait()
}

// forgetEvery is how often answers that were kept for long enough are forgotten.
const forgetEvery = 10 * time.Minute

func (s *Server) forget(ctx context.Context, report func(error)) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.rooms.ForgetRequests(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
	}
}

// HTTPServer returns an http.Server for s with every time-out and size limit
// set. The caller sets the address or brings a listener.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      requestTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,

		DisableGeneralOptionsHandler: true, // it would answer OPTIONS * past s
	}
}
