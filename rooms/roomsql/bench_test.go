package roomsql_test

import (
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// BenchmarkList lists a user's 1,000 rooms among the 57,000 of an application:
// those that the user owns, those that the user attends by address, or both mixed.
// Levels and times are asked of every room, and counted.
func BenchmarkList(b *testing.B) {
	middle := day("2026-01-01").Add(28_000e9)
	queries := map[string]rooms.Query{
		"first":          {},
		"deep":           {Offset: 900},
		"cursor":         {After: "0199d9f6-5c1e-7000-8000-000000028000"},
		"oldest":         {OldestFirst: true},
		"slug":           {Filter: rooms.Filter{Slug: "slug-5707"}},
		"external ids":   {Filter: rooms.Filter{ExternalIDs: []string{"id-5707", "x"}}},
		"level":          {Filter: rooms.Filter{AccessLevel: rooms.Trusted}},
		"created after":  {Filter: rooms.Filter{CreatedAfter: middle}},
		"created before": {Filter: rooms.Filter{CreatedBefore: middle}},
		"updated after":  {Filter: rooms.Filter{UpdatedAfter: middle}},
	}
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		for mix, attended := range map[string]int{"owned": 0, "mixed": 5, "attended": 10} {
			b.Run(name+"/"+mix, func(b *testing.B) {
				db := dbtest.Open(b, url(b))
				fillBench(b, db, attended)
				store := roomsql.New(db)
				view := throughApp("user-7", "user-7@example.com")
				for name, query := range queries {
					query.Limit = 21
					b.Run(name, func(b *testing.B) {
						for b.Loop() {
							if _, _, err := store.List(b.Context(), view, query); err != nil {
								b.Fatal(err)
							}
						}
					})
				}
			})
		}
	}
}

// fillBench makes 57,000 rooms of 57 users. In that many of ten rooms of user 7
// another user is the owner, and user 7 attends by address.
func fillBench(b *testing.B, db *bun.DB, attended int) {
	b.Helper()
	numbers := `(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 56999) SELECT i FROM n) AS n`
	id := `printf('0199d9f6-5c1e-7000-8000-%012d', i)`
	at, last := `datetime('2026-01-01', i || ' seconds')`, `SELECT 1` // with statistics, SQLite plans for each argument
	if db.Dialect().Name() == dialect.PG {
		numbers, id = `generate_series(0, 56999) AS n(i)`, `'0199d9f6-5c1e-7000-8000-' || lpad(CAST(i AS TEXT), 12, '0')`
		at, last = `TIMESTAMPTZ '2026-01-01' + i * INTERVAL '1 second'`, `VACUUM ANALYZE`
	}
	const source, guest = `'application', 'app'`, `i % 57 = 7 AND i % 10 < ?`
	for _, statement := range []string{
		`INSERT INTO {rooms} (id, slug, name, access_level, configuration, external_id, source_kind, source_id, source_name,
				version, created_at, updated_at)
			SELECT ` + id + `, 'slug-' || i, 'n', CASE WHEN i % 2 = 0 THEN 'trusted' ELSE 'restricted' END, '{}', 'id-' || i,
				` + source + `, 'A', 1, ` + at + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO {room_members} (room_id, id, user_id, role, source_kind, source_id, created_at)
			SELECT ` + id + `, ` + id + `, CASE WHEN ` + guest + ` THEN 'other' ELSE 'user-' || (i % 57) END, 'owner',
				` + source + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO {room_members} (room_id, id, address, role, source_kind, source_id, created_at)
			SELECT ` + id + `, 'guest', 'user-7@example.com', 'member', ` + source + `, ` + at + `
			FROM ` + numbers + ` WHERE ` + guest,
		last,
	} {
		if _, err := db.NewRaw(tables.SQL(db, statement), attended).Exec(session.Silence(b.Context(), 0)); err != nil {
			b.Fatal(err)
		}
	}
}
