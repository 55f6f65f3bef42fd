// Package operators shows operators what the process does: it brings metrics, traces
// and checks together, and answers on a listener of its own, which is never that of
// the public API.
//
// The order is that of a start: [Open] before there is a database, [Operators.Watch]
// when there is one, [Operators.Answer] when there is a server.
package operators

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/internal/buildinfo"
	"github.com/anteroom-go/anteroom/server/internal/inventory"
	"github.com/anteroom-go/anteroom/server/internal/readiness"
	"github.com/anteroom-go/anteroom/server/internal/telemetry"
)

const (
	// stopWithin is how long the last spans and metrics may take to be exported.
	stopWithin = 5 * time.Second
	// checkConnections bounds the pool of the checks.
	checkConnections = 4
)

// Config configures [Open].
type Config struct {
	// Address is where operators are answered. Empty means DefaultAddress, and Off
	// means nowhere.
	Address string
	// Public is the address of the public API.
	Public net.Addr
	// Env looks variables of the environment up, for OpenTelemetry. Required.
	Env func(name string) string
	// Log is the log of the program. Required.
	Log *slog.Logger
}

// Operators is what operators see of the process.
type Operators struct {
	telemetry *telemetry.Telemetry
	checks    *readiness.Prober
	logger    *slog.Logger
	listener  net.Listener // nil if operators are not answered
	api       atomic.Pointer[server.Server]
	closing   []func() // what Close does, the last one first
}

// Open takes the listener, and starts to export what the environment asks for. It
// returns an error if the address was chosen and cannot be had.
func Open(ctx context.Context, config Config) (*Operators, error) {
	o := &Operators{logger: config.Log}
	var err error
	if o.listener, err = listen(config.Address, config.Public, config.Log); err != nil {
		return nil, fmt.Errorf("--admin-listen (ANTEROOM_ADMIN_LISTEN): %w", err)
	}
	if o.listener != nil {
		o.closing = append(o.closing, func() { _ = o.listener.Close() })
	}
	build, err := buildinfo.Read()
	if err == nil {
		o.telemetry, err = telemetry.Start(ctx,
			telemetry.Config{Env: config.Env, Version: build.Version, Logger: config.Log})
	}
	if err != nil {
		o.Close()
		return nil, err
	}
	o.closing = append(o.closing, func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if err := o.telemetry.Stop(ctx); err != nil {
			o.logger.Warn("the last telemetry was not exported", slog.String("error", err.Error()))
		}
	})
	return o, nil
}

// Watch has a server of the configuration observed: its requests, the statements of
// db, and whether it is ready. The checks use a small pool of their own on the same
// URL.
func (o *Operators) Watch(ctx context.Context, config *server.Config, db *bun.DB, url string) error {
	own, err := database.OpenExisting(ctx, url)
	if err != nil {
		return err
	}
	if own.Dialect().Name() == dialect.PG { // package database bounds those of SQLite
		own.SetMaxOpenConns(checkConnections)
		own.SetMaxIdleConns(1)
	}
	o.closing = append([]func(){func() { _ = own.Close() }}, o.closing...) // after the last export
	checked := &readiness.Database{DB: own, Keys: o.held}
	checks, err := checked.Prepare(ctx)
	if err != nil {
		return err
	}
	o.checks = readiness.New(append(checks, readiness.Check{Name: "serving", Run: o.serving})...)
	config.DB, config.Observer, config.Ready = o.telemetry.Database(db), o.telemetry.Observer(), o.checks.Ready
	return errors.Join(o.telemetry.Register(
		collectors.NewDBStatsCollector(db.DB, "anteroom"),
		inventory.New(inventory.Config{DB: own, RotateEvery: rotation(config.KeyRotation), KeysAgreed: checked.KeysAgreed,
			Clients: o.telemetry.Clients, Forget: o.telemetry.Forget}),
		readinessMetrics{o.checks}))
}

// rotation returns how long a signing key signs, with the default of the registry.
func rotation(configured time.Duration) time.Duration {
	if configured == 0 {
		return registry.DefaultRotation
	}
	return configured
}

// held returns the keys of the process, or nil as long as there are none.
func (o *Operators) held() delegation.Keys {
	if api := o.api.Load(); api != nil {
		return api.Keys()
	}
	return nil
}

// serving returns an error if the server has announced that it is about to stop.
func (o *Operators) serving(context.Context) error {
	if api := o.api.Load(); api != nil && api.Draining() {
		return errors.New("the server is about to stop")
	}
	return nil
}

// Answer answers operators about a server from now on, if there is a listener for them.
func (o *Operators) Answer(api *server.Server) {
	o.api.Store(api)
	if o.listener == nil {
		return
	}
	o.logger.Info("operators are answered", slog.String("address", o.listener.Addr().String()))
	o.closing = append(o.closing, serveOn(o.listener, Handler(o.telemetry.Handler(), o.checks), o.logger))
}

// Close ends everything, the last spans and metrics being exported for at most five
// seconds.
func (o *Operators) Close() {
	for i := len(o.closing) - 1; i >= 0; i-- {
		o.closing[i]()
	}
	o.closing = nil
}
