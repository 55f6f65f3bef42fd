package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/delegation/registry/googlekeys"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/pins"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/hosting"
	"github.com/anteroom-go/anteroom/server/internal/identity"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/upkeep"
)

// spareConnections is how many connections of PostgreSQL changes of rooms leave to everything else: tokens do not
// wait behind a room that is locked.
const spareConnections = 4

// connect builds the domain services on what the configuration replaces, and on the database for the rest. It adds
// what they refuse of the configuration to what is wrong with it already, and returns all of it.
func (s *Server) connect(ctx context.Context, wrong configErrors) error {
	wrong, err := s.fill(ctx, wrong)
	if err != nil {
		return err
	}
	c, errs := s.config, make([]error, 4)
	if s.proofs, err = identity.NewProofs(c.Proofs, c.RootKeys, c.DPoPNonces, c.Now); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.authority, errs[0] = delegation.New(delegation.Config{
		Issuer: c.URL, Audience: c.URL + places.Resource, RootKeys: c.RootKeys,
		Applications: c.Applications, Users: c.Users, Keys: c.Keys, TokenEndpoint: c.URL + c.BasePath + tokenPath,
		Records: c.Records, Assertions: c.Assertions, Proofs: s.proofs, GoogleKeys: c.GoogleKeys, Memory: s.memory,
		DPoPRequired: c.DPoPRequired, Provisioner: c.Provisioner, Admit: s.admit, Signing: c.Observer.Signing,
		TokenTTL: c.TokenTTL, Now: c.Now, OnEvent: s.audit, Charge: s.charge,
	})
	s.service, errs[1] = rooms.New(rooms.Config{
		Stores: c.Rooms, Now: c.Now, AllowPublic: c.AllowPublic, DefaultAccessLevel: c.DefaultAccessLevel,
		PINLength: c.Telephony.PINLength, Schema: c.Configuration, ParseAddress: parseAddress, OnEvent: c.OnRoomEvent,
	})
	if c.Requests != nil && errs[1] == nil {
		s.requests, errs[2] = once.New(once.Config{Store: c.Requests, Service: s.service, Now: c.Now})
	}
	if c.Statistics != nil {
		s.counts, errs[3] = stats.New(stats.Config{Store: c.Statistics, Now: c.Now})
	}
	for _, err := range errs {
		wrong = wrong.translated(err)
	}
	return errors.Join(wrong...)
}

// fill puts the database behind every contract that the host did not replace. Contracts that belong together are
// filled together: what a host did not replace beside its own Applications, Users or Rooms knows nothing of those.
func (s *Server) fill(ctx context.Context, wrong configErrors) (configErrors, error) {
	c := &s.config
	if c.DB == nil {
		return wrong, nil
	}
	if err := session.Check(ctx, c.DB); err != nil {
		var setting *session.SettingError
		if !errors.As(err, &setting) {
			return wrong, fmt.Errorf("server: %w", err)
		}
		wrong.add(true, "DB", setting.Error())
		return wrong, nil // nothing is read through such a session
	}
	named, err := tables.Carrying(ctx, c.DB)
	if err != nil {
		return wrong, fmt.Errorf("server: %w", err)
	}
	c.DB = session.Shared(named)
	own := hosting.Own(c.Users != nil, c.Applications != nil, c.Keys != nil, c.ownRooms())
	if s.upkeep, err = upkeep.Of(ctx, c.DB); err != nil {
		return wrong, fmt.Errorf("server: %w", err)
	}
	reg, err := registry.New(registry.Config{DB: c.DB, RootKeys: c.RootKeys, Now: c.Now,
		Algorithm: c.SigningAlgorithm, RotateEvery: c.KeyRotation, PublishFor: c.KeyPublication, OnEvent: s.audit,
		KeepAudit: c.AuditRetention, RequestID: requestID})
	wrong = wrong.translated(err)
	s.registry = reg // it forgets, whatever the host keeps itself
	memory := reg.Memory()
	if c.Applications == nil {
		s.memory.Begin, s.memory.Applications = memory.Begin, memory.Applications
		c.Applications, c.Records = reg, cmp.Or[delegation.Records](c.Records, reg)
		c.Assertions, c.Proofs = cmp.Or[delegation.Assertions](c.Assertions, reg), cmp.Or[dpop.Uses](c.Proofs, reg)
		if c.GoogleKeys == nil {
			c.GoogleKeys, err = googlekeys.New(googlekeys.Config{DB: c.DB, Now: c.Now})
			wrong = wrong.translated(err)
		}
	}
	if c.Users == nil {
		s.memory.Begin, s.memory.Users = memory.Begin, memory.Users
		c.Users, c.Provisioner = reg, cmp.Or[delegation.Provisioner](c.Provisioner, reg)
	}
	if !c.ownRooms() {
		store := roomsql.New(session.Sparing(c.DB, spareConnections))
		stores := store.Stores()
		stores.IDs, stores.Slugs = c.Rooms.IDs, c.Rooms.Slugs
		c.Rooms, c.Requests = stores, cmp.Or[once.Store](c.Requests, store.Requests())
		c.Statistics = cmp.Or[stats.Store](c.Statistics, store)
		s.pins, err = pins.New(pins.Config{Store: store, Length: c.Telephony.PINLength, Logger: c.Logger, Now: c.Now})
		wrong = wrong.translated(err)
	}
	if len(wrong) > 0 {
		return wrong, nil // nothing is read for a server that does not start
	}
	err = hosting.Keep(ctx, c.DB, hosting.Note{Program: cmp.Or(c.Program, "a host"), Parts: own})
	if err == nil && c.Keys == nil {
		s.rotating, err = reg.OpenKeys(by.Server(ctx))
		c.Keys = s.rotating
	}
	if err != nil {
		return wrong, fmt.Errorf("server: %w", err)
	}
	return wrong, nil
}

// ownRooms reports whether the host replaced Rooms, wholly or in part.
func (c Config) ownRooms() bool {
	return c.Rooms.Rooms != nil || c.Rooms.Attendees != nil || c.Rooms.Transactor != nil
}
