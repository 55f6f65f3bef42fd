package database

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/anteroom-go/anteroom/server/database/session"
)

// pooledSettings are set when a connection is made, so that they last as long as
// it does and win over those of the server, the database, the role and the URL.
// Poolers in transaction mode know these, and set them for every transaction.
func pooledSettings() map[string]string {
	return map[string]string{
		"standard_conforming_strings": "on",
		"client_encoding":             "UTF8",
		"datestyle":                   "ISO",
		"timezone":                    "UTC",
	}
}

// directSettings are further ones, which such poolers refuse. Behind a pooler they
// are only checked.
func directSettings() map[string]string {
	return map[string]string{
		"default_transaction_isolation": "read committed",
		"transform_null_equals":         "off",
	}
}

// idleTransactions is after how long PostgreSQL ends a transaction in which nothing is asked, and gives its locks
// to others: the process that began it stands still, or the network between is cut.
const idleTransactions = "60s"

// statementTimeout is after how long PostgreSQL ends a statement.
const statementTimeout = "statement_timeout"

// cutAfter returns the statement time-out, in milliseconds, for a limit of silence: a little less, so that
// PostgreSQL ends a statement itself, and its work, before its connection is given up. The connection stays. Zero
// is none.
func cutAfter(silence time.Duration) string {
	return strconv.FormatInt((silence * 4 / 5).Milliseconds(), 10)
}

// set gives a run-time parameter its value, whatever its name looks like in the
// URL: PostgreSQL does not distinguish upper and lower case.
func set(config *pgx.ConnConfig, name, value string) {
	unset(config, name)
	config.RuntimeParams[name] = value
}

func unset(config *pgx.ConnConfig, name string) {
	maps.DeleteFunc(config.RuntimeParams, func(other, _ string) bool { return strings.EqualFold(other, name) })
}

// pinSession makes one connection to see where the tables are, and has every later
// connection set and checked. Tables keep their meaning even if a schema is created
// meanwhile that comes first on the search path, such as one named like the role.
func pinSession(ctx context.Context, config *pgx.ConnConfig) error {
	state, pooled, err := firstState(ctx, config)
	if err != nil {
		return err
	}
	home, err := state.Home()
	if err != nil {
		return &settingsError{err}
	}
	if !pooled {
		set(config, "search_path", searchPath(home, state.Path))
	}
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error { return checkSession(ctx, conn, home) }
	return nil
}

// firstState has connections set what they can, and returns the state of a first
// one, and whether a pooler refused a part.
func firstState(ctx context.Context, config *pgx.ConnConfig) (state session.State, pooled bool, err error) {
	for name, value := range pooledSettings() {
		set(config, name, value)
	}
	for name, value := range directSettings() {
		set(config, name, value)
	}
	if idle := "idle_in_transaction_session_timeout"; config.RuntimeParams[idle] == "" {
		config.RuntimeParams[idle] = idleTransactions
	}
	state, err = probe(ctx, config)
	if !refusedByPooler(err) {
		return state, false, err
	}
	for name := range directSettings() {
		unset(config, name)
	}
	unset(config, statementTimeout) // the role's counts then
	if config.RuntimeParams["idle_in_transaction_session_timeout"] == idleTransactions {
		unset(config, "idle_in_transaction_session_timeout")
	}
	state, err = probe(ctx, config)
	return state, true, err
}

// probe returns the state of one connection's session.
func probe(ctx context.Context, config *pgx.ConnConfig) (session.State, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return session.State{}, err
	}
	state, err := sessionState(ctx, conn.PgConn())
	return state, errors.Join(err, conn.Close(ctx))
}

// refusedByPooler reports whether a pooler refused settings. PgBouncer calls them
// a violation of the protocol, others call them a feature that they lack.
func refusedByPooler(err error) bool {
	var refusal *pgconn.PgError
	return errors.As(err, &refusal) && (refusal.Code == "08P01" || refusal.Code == "0A000")
}

// searchPath is the search path that begins with home and goes on as it was.
func searchPath(home string, path []string) string {
	schemas := []string{home}
	for _, schema := range path {
		if !slices.Contains(schemas, schema) {
			schemas = append(schemas, schema)
		}
	}
	for i, schema := range schemas {
		schemas[i] = pgx.Identifier{schema}.Sanitize()
	}
	return strings.Join(schemas, ", ")
}

// checkSession returns an error if a session has lost its settings on the way, or
// sees other tables than those of home.
func checkSession(ctx context.Context, conn *pgconn.PgConn, home string) error {
	state, err := sessionState(ctx, conn)
	if err != nil {
		return err
	}
	if err := state.Check(); err != nil {
		return &settingsError{err}
	}
	if now, err := state.Home(); err != nil || now != home && len(state.Tables) > 0 {
		return &settingsError{errors.Join(err, state.CheckCreation(home))}
	}
	return nil
}

func sessionState(ctx context.Context, conn *pgconn.PgConn) (session.State, error) {
	results, err := conn.Exec(ctx, session.Query).ReadAll()
	if err != nil {
		return session.State{}, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 || len(results[0].Rows[0]) != 1 {
		return session.State{}, errors.New("the state of a session is one text")
	}
	return session.ParseState(string(results[0].Rows[0][0]))
}

// settingsError holds what is wrong with a session, through the layers of pgx.
type settingsError struct{ cause error }

func (e *settingsError) Error() string { return fmt.Sprintf("connecting to PostgreSQL: %v", e.cause) }

func (e *settingsError) Unwrap() error { return e.cause }
