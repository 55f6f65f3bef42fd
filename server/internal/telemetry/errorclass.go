package telemetry

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// errorClasses returns the classes of errors of the store.
func errorClasses() []string {
	return []string{"timeout", "unavailable", "exhausted", "read_only", "conflict", "locked", "damaged", other}
}

// classOf returns the class of an error, which is all of it that is exported: its
// text may repeat values. It returns an empty text for what is no failure of the
// store: no rows, a constraint that is an answer, and a caller who left.
func classOf(err error) string {
	var postgres interface{ SQLState() string }
	var sqlite interface{ Code() int }
	switch {
	case err == nil, errors.Is(err, sql.ErrNoRows), errors.Is(err, sql.ErrTxDone), errors.Is(err, context.Canceled):
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.As(err, &postgres):
		return postgresClass(postgres.SQLState())
	case errors.As(err, &sqlite):
		return sqliteClass(sqlite.Code())
	}
	return "unavailable" // no database has answered
}

// postgresClass returns the class of an SQLSTATE (PostgreSQL, appendix A).
func postgresClass(state string) string {
	switch {
	case strings.HasPrefix(state, "23"): // integrity constraint violation
		return ""
	case state == "25006":
		return "read_only"
	case state == "57014": // query_canceled
		return "timeout"
	case state == "55P03":
		return "locked"
	case strings.HasPrefix(state, "40"):
		return "conflict"
	case strings.HasPrefix(state, "53"):
		return "exhausted" // disk full, out of memory, too many connections
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "57P"), strings.HasPrefix(state, "28"):
		return "unavailable"
	case strings.HasPrefix(state, "XX"), strings.HasPrefix(state, "58"):
		return "damaged"
	}
	return other
}

// sqliteClass returns the class of a result code of SQLite.
func sqliteClass(code int) string {
	switch code & 0xff {
	case 19: // SQLITE_CONSTRAINT
		return ""
	case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
		return "locked"
	case 8: // SQLITE_READONLY
		return "read_only"
	case 9: // SQLITE_INTERRUPT
		return "timeout"
	case 7, 13: // SQLITE_NOMEM, SQLITE_FULL
		return "exhausted"
	case 10, 11, 26: // SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB
		return "damaged"
	case 14: // SQLITE_CANTOPEN
		return "unavailable"
	}
	return other
}
