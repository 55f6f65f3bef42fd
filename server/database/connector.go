package database

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/anteroom-go/anteroom/server/database/internal/prepared"
	"github.com/anteroom-go/anteroom/server/database/internal/silence"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// How long a database that was silent a moment ago may take for a connection to each of its hosts, and how long
// it may take to answer on an idle connection before that is used again.
const (
	shortConnect = 2 * time.Second
	shortPing    = 2 * time.Second
	shorterPing  = 500 * time.Millisecond // if it was silent
)

// connector makes connections that end when the server falls silent, and errors that show nothing of the URL.
type connector struct {
	driver.Connector                  // in the usual way
	short            driver.Connector // and for a database that was silent
	patience         time.Duration    // of an attempt by short
	door             *silence.Door
	level            prepared.Level
}

func newConnector(settings *postgresSettings) *connector {
	c := &connector{door: &silence.Door{}}
	w := watcher{limit: settings.silence, door: c.door}
	w.cuts = settings.config.RuntimeParams[statementTimeout] == cutAfter(settings.silence)
	options := []stdlib.OptionOpenDB{
		stdlib.OptionResetSession(w.reset), stdlib.OptionShouldPing(w.shouldPing),
	}
	usual := settings.config.Copy()
	prepared.Configure(usual)
	usual.DialFunc, usual.Tracer = w.dial, w
	short := usual.Copy()
	short.ConnectTimeout = min(short.ConnectTimeout, shortConnect)
	c.Connector, c.short = stdlib.GetConnector(*usual, options...), stdlib.GetConnector(*short, options...)
	c.patience = time.Duration(len(hosts(usual))) * short.ConnectTimeout
	return c
}

// Connect implements [driver.Connector].
func (c *connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	usual := func(ctx context.Context) (err error) {
		conn, err = c.Connector.Connect(ctx)
		return err
	}
	short := func(ctx context.Context) (err error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.patience) // others wait for it, too
		defer cancel()
		conn, err = c.short.Connect(ctx)
		return err
	}
	if err := c.door.Through(ctx, usual, short); err != nil {
		return nil, connectError(err)
	}
	if made, ok := conn.(*stdlib.Conn); ok {
		return prepared.New(made, &c.level), nil
	}
	return conn, nil
}

// watcher ends the connections of a server that has fallen silent. It implements [pgx.QueryTracer], because that
// learns of the context of every statement.
type watcher struct {
	limit time.Duration
	door  *silence.Door
	cuts  bool // sessions have a statement time-out of ours
}

// dial makes a connection for pgx.
func (w watcher) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true,
		Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return silence.New(conn, w.limit, w.door.Silent), nil
}

// TraceQueryStart implements [pgx.QueryTracer].
func (w watcher) TraceQueryStart(ctx context.Context, conn *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	limit := session.SilenceOf(ctx, w.limit)
	limitSilence(conn, limit)
	if w.cuts {
		cut(ctx, conn.PgConn(), limit, w.limit)
	}
	return ctx
}

// cutKey is under which a connection keeps the limit for which its statement time-out was changed.
const cutKey = "anteroom.cut"

// cut gives a session the statement time-out for a limit of silence, if it has another one. An error is that of the
// next statement.
func cut(ctx context.Context, conn *pgconn.PgConn, limit, usual time.Duration) {
	changed, found := conn.CustomData()[cutKey]
	if !found && limit == usual || found && changed == limit {
		return
	}
	_, _ = conn.Exec(ctx, "SET "+statementTimeout+" TO "+cutAfter(limit)).ReadAll()
	conn.CustomData()[cutKey] = limit
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (w watcher) TraceQueryEnd(_ context.Context, conn *pgx.Conn, _ pgx.TraceQueryEndData) {
	limitSilence(conn, w.limit)
}

// shouldPing has a connection answer before it is used, if it was idle, and soon.
func (w watcher) shouldPing(_ context.Context, params stdlib.ShouldPingParams) bool {
	if params.IdleDuration <= time.Second {
		return false
	}
	limit := shortPing
	if w.door.IsSilent() {
		limit = shorterPing
	}
	limitSilence(params.Conn, limit)
	return true
}

// reset is called before a connection is used again.
func (w watcher) reset(ctx context.Context, conn *pgx.Conn) error {
	limitSilence(conn, w.limit)
	if custom := conn.PgConn().CustomData(); custom[cutKey] != nil {
		delete(custom, cutKey)
		if _, err := conn.PgConn().Exec(ctx, "RESET "+statementTimeout).ReadAll(); err != nil {
			return driver.ErrBadConn
		}
	}
	return stillReliable(ctx, conn)
}

// limitSilence sets the limit of a connection, below TLS if that is used.
func limitSilence(conn *pgx.Conn, limit time.Duration) {
	below := conn.PgConn().Conn()
	if secured, ok := below.(*tls.Conn); ok {
		below = secured.NetConn()
	}
	if limited, ok := below.(*silence.Conn); ok {
		limited.Limit(limit)
	}
}
