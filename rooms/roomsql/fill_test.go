package roomsql_test

import (
	"context"
	"strings"
	"testing"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// fill makes rooms, attendees and requests by plain SQL.
func fill(t *testing.T, db *bun.DB) {
	t.Helper()
	numbers := `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20100) SELECT i FROM n) AS n`
	at, first, last :=
		`datetime('2026-01-01', i || ' seconds')`, `SELECT 1`, `ANALYZE`
	if db.Dialect().Name() == dialect.PG {
		numbers, at, first, last = `generate_series(1, 20100) AS n(i)`, `TIMESTAMPTZ '2026-01-01' + i * INTERVAL '1 second'`,
			`SET synchronous_commit = on`, `VACUUM ANALYZE` // which finds the rows too young otherwise
	}
	const source = `'application', 'app-' || (i % 20)`
	is := is.New(t)
	conn, err := db.Conn(t.Context())
	is.NoErr(err)
	defer conn.Close()
	for _, statement := range []string{
		first,
		`INSERT INTO {rooms} (id, slug, name, access_level, configuration, pin, external_id,
				source_kind, source_id, source_name, version, created_at, updated_at)
			SELECT 'room-' || i, 'slug-' || i, 'n', 'trusted', '{}',
				substr('0000000000' || i, length('' || i) + 1), 'id-' || i, ` + source + `,
				'A', 1, ` + at + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO {room_members} (room_id, id, user_id, role, source_kind, source_id, created_at)
			SELECT 'room-' || i, 'room-' || i, 'user-' || (i % 200), 'owner', ` + source + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO {room_members} (room_id, id, address, role, source_kind, source_id, created_at)
			SELECT 'room-' || i, 'guest', 'guest-' || (i % 200) || '@example.com', 'member', ` + source + `, ` + at + `
				FROM ` + numbers,
		`INSERT INTO {room_requests} (source_kind, source_id, caller, route, key, fingerprint, answer, expires_at)
			SELECT ` + source + `, 'user:user-' || (i % 200), 'POST', 'key-' || i, 'f', 'eA==', ` + at + `
				FROM ` + numbers,
		`INSERT INTO {room_statistics} (source_kind, source_id, begins, ends, created, deleted, users)
			SELECT ` + source + `, ` + at + `, ` + at + `, 1, 0, 1 FROM ` + numbers,
		`INSERT INTO {room_tally_heads} (source_kind, source_id, who, ready)
			SELECT ` + source + `, 'uuser-' || i, FALSE FROM ` + numbers,
		`INSERT INTO {room_tallies} (source_kind, source_id, who, span, bucket, owner_id, shard, created, deleted)
			SELECT ` + source + `, 'uuser-' || i, 900, 1767225600, 'user-' || i, 1, 1, 0 FROM ` + numbers,
		last,
	} {
		_, err := conn.ExecContext(session.Silence(t.Context(), 0), tables.SQL(conn, statement))
		is.NoErr(err)
	}
}

// recorder keeps the queries that were sent, but for those that only begin and
// end transactions.
type recorder struct{ queries []string }

func (r *recorder) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (r *recorder) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	if strings.Contains(event.Query, " ") {
		r.queries = append(r.queries, event.Query)
	}
}
