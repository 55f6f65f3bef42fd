package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// The pool of a PostgreSQL database. Sixteen connections keep two cores of a
// server busy and leave room for several replicas under PostgreSQL's default of
// a hundred.
const (
	postgresConnections = 16
	connectionLife      = 30 * time.Minute // so that a failover is noticed
	connectionIdle      = 5 * time.Minute
	connectTimeout      = 5 * time.Second
)

func openPostgres(ctx context.Context, text string) (*bun.DB, error) {
	settings, err := postgresConfig(text)
	if err != nil {
		return nil, err
	}
	config := settings.config
	if err := pinSession(ctx, config); err != nil {
		return nil, connectError(err)
	}
	pool, err := postgresPool(ctx, settings)
	if refusedByPooler(err) { // it ignores the other settings, but not this one
		unset(config, "search_path")
		pool, err = postgresPool(ctx, settings)
	}
	if err != nil {
		return nil, err
	}
	return bun.NewDB(pool, pgdialect.New()), nil
}

// postgresPool returns a pool that has one connection already.
func postgresPool(ctx context.Context, settings *postgresSettings) (*sql.DB, error) {
	pool := sql.OpenDB(newConnector(settings))
	pool.SetMaxOpenConns(settings.connections)
	pool.SetMaxIdleConns(settings.connections)
	pool.SetConnMaxLifetime(connectionLife)
	pool.SetConnMaxIdleTime(connectionIdle)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// stillReliable drops a connection whose strings have lost their meaning since it
// was made. PostgreSQL reports these two settings whenever they change.
func stillReliable(_ context.Context, conn *pgx.Conn) error {
	status := conn.PgConn().ParameterStatus
	if status("standard_conforming_strings") != "on" || status("client_encoding") != "UTF8" {
		return driver.ErrBadConn
	}
	return nil
}

// connectError returns an error without what pgx tells of the URL: its user and
// its database, and values of parameters that PostgreSQL refuses.
func connectError(err error) error {
	var settings *settingsError
	var refusal *pgconn.PgError
	var failure *pgconn.ConnectError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &settings):
		return settings
	case errors.As(err, &refusal):
		return &connectFailure{text: refusalText(refusal), cause: refusal}
	case errors.As(err, &failure):
		cause := errors.Unwrap(failure)
		return &connectFailure{text: cause.Error(), cause: cause}
	}
	return &connectFailure{text: err.Error(), cause: err}
}

// connectFailure is an error of a connection with a text of its own.
type connectFailure struct {
	text  string
	cause error
}

func (e *connectFailure) Error() string { return "connecting to PostgreSQL: " + e.text }

func (e *connectFailure) Unwrap() error { return e.cause }

// refusalText returns what PostgreSQL reports, for the errors whose texts repeat
// names only.
func refusalText(refusal *pgconn.PgError) string {
	state := " (SQLSTATE " + refusal.Code + ")"
	switch {
	case len(refusal.Code) != 5:
		return "it refuses the connection"
	case refusal.Code == "22023":
		return "it refuses the value of a parameter of the URL" + state
	case refusal.Code == "42704", refusal.Code == "3D000",
		refusal.Code[:2] == "08", refusal.Code[:2] == "28", refusal.Code[:2] == "53", refusal.Code[:2] == "57":
		return refusal.Message + state
	}
	return "it refuses the connection" + state
}
