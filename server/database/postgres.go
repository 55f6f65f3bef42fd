package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
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
	connectTimeout      = 10 * time.Second
)

func openPostgres(ctx context.Context, text string) (*bun.DB, error) {
	config, connections, err := postgresConfig(text)
	if err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxLifetime(connectionLife)
	pool.SetConnMaxIdleTime(connectionIdle)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return bun.NewDB(pool, pgdialect.New()), nil
}

// postgresConfig reads the URL. What pgx has to say about a malformed one is
// left out, since it quotes parts of it.
func postgresConfig(text string) (*pgx.ConnConfig, int, error) {
	text, connections, err := poolSize(text)
	if err != nil {
		return nil, 0, err
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, 0, errors.New("the PostgreSQL URL is malformed, or names a file that cannot be read (it is not shown, it may hold a password)")
	}
	// bun writes arguments into the SQL text: a cache of statements would
	// only fill up.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "anteroom"
	}
	config.RuntimeParams["timezone"] = "UTC"
	return config, connections, nil
}

// poolSize takes our own parameter out of the URL.
func poolSize(text string) (string, int, error) {
	u, err := url.Parse(text)
	if err != nil || !u.Query().Has("pool_max_conns") {
		return text, postgresConnections, nil
	}
	query := u.Query()
	size, err := strconv.Atoi(query.Get("pool_max_conns"))
	if err != nil || size < 2 || size > 1000 {
		return "", 0, errors.New("pool_max_conns must be a number from 2 to 1000")
	}
	query.Del("pool_max_conns")
	u.RawQuery = query.Encode()
	return u.String(), size, nil
}
