package rooms_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// call is something that the store is asked for.
type call func(ctx context.Context, s *rooms.SQLStore) error

// TestPlans asks the databases how they answer what the store sends them. Every
// table is entered by a range of an index, so that nothing grows with the rooms
// of others, and a page of a list is read in its order.
func TestPlans(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		fill(t, db)
		calls := pages()
		maps.Copy(calls, others())
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				sent := &recorder{}
				is.NoErr(calls[name](t.Context(), rooms.NewSQLStore(db.WithQueryHook(sent))))
				is.True(len(sent.queries) > 0) // it asks the database
				for _, query := range sent.queries {
					plan := explain(t, db, query)
					if slices.ContainsFunc(plan, scans) || strings.HasPrefix(name, "page") && slices.ContainsFunc(plan, sorts) {
						t.Errorf("%s\n\n%s", query, strings.Join(plan, "\n"))
					}
				}
			})
		}
	})
}

// scans reports whether a step reads a whole table, or a whole index.
func scans(step string) bool {
	whole := regexp.MustCompile(`SCAN (r|m|o|q|room\w*)\b`)
	return whole.MatchString(step) || strings.Contains(step, "Scan") && strings.Contains(step, " on room") && !strings.Contains(step, "Cond:")
}

func sorts(step string) bool {
	return strings.Contains(step, "Sort") || strings.Contains(step, "TEMP B-TREE")
}

// What fill makes: a room of one of two hundred users, through one of twenty
// applications.
const (
	someRoom, someSlug, someID = "room-10007", "slug-10007", "id-10007"
	someUser, someApplication  = "user-7", "app-7"
)

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func someViews() map[string]rooms.View {
	return map[string]rooms.View{
		"own":         {User: someUser, SourceKind: "application", SourceID: someApplication},
		"all sources": {User: someUser, AllSources: true},
		"no user":     {SourceKind: "application", SourceID: someApplication},
	}
}

// pages are the pages of lists.
func pages() map[string]call {
	calls := map[string]call{}
	for whose, view := range someViews() {
		for name, query := range map[string]rooms.Query{
			"first": {}, "third": {Offset: 40}, "after": {After: someRoom}, "oldest first": {OldestFirst: true},
			"after, oldest first": {After: someRoom, OldestFirst: true}, "access level": {Filter: rooms.Filter{AccessLevel: rooms.Trusted}},
		} {
			calls["page: "+whose+", "+name] = list(view, query)
		}
	}
	return calls
}

func list(view rooms.View, query rooms.Query) call {
	query.Limit = 21
	return func(ctx context.Context, s *rooms.SQLStore) error {
		_, _, err := s.List(ctx, view, query)
		return err
	}
}

// others is everything else: among it lists of so few rooms that they may be
// sorted.
func others() map[string]call {
	calls := requests()
	middle := begin.Add(10_000 * time.Second)
	for whose, view := range someViews() {
		for name, filter := range map[string]rooms.Filter{
			"slug": {Slug: someSlug}, "external ids": {ExternalIDs: []string{someID, "another"}}, "created after": {CreatedAfter: middle},
			"created before": {CreatedBefore: middle}, "updated after": {UpdatedAfter: middle}, "both": {Slug: someSlug, UpdatedAfter: middle},
		} {
			calls[whose+", "+name] = list(view, rooms.Query{Filter: filter})
		}
		calls[whose+", find"] = func(ctx context.Context, s *rooms.SQLStore) error {
			_, _, err := s.Find(ctx, view, someRoom)
			return err
		}
		calls[whose+", count"] = func(ctx context.Context, s *rooms.SQLStore) error {
			_, err := s.Count(ctx, view, []time.Time{begin, middle}, middle.Add(time.Hour))
			return err
		}
	}
	calls["sources"] = func(ctx context.Context, s *rooms.SQLStore) error { _, err := s.Sources(ctx); return err }
	calls["attendees"] = func(ctx context.Context, s *rooms.SQLStore) error { _, err := s.Attendees(ctx, someRoom); return err }
	calls["activate"] = func(ctx context.Context, s *rooms.SQLStore) error {
		return s.Activate(ctx, "guest-7@example.com", "new")
	}
	calls["door"] = func(ctx context.Context, s *rooms.SQLStore) error {
		_, _, err := s.Door(ctx, someSlug, someUser, "guest-7@example.com")
		return err
	}
	calls["delete"] = func(ctx context.Context, s *rooms.SQLStore) error {
		return s.Delete(ctx, someViews()["own"], "room-20007", begin)
	}
	return calls
}

// requests are those of the [rooms.RequestStore].
func requests() map[string]call {
	id := rooms.RequestID{SourceKind: "application", SourceID: someApplication, User: someUser, Route: "POST", Key: "key-7"}
	lease := rooms.Lease{Holder: "holder", Now: begin, Until: begin.Add(time.Minute), KeepUntil: begin.Add(time.Hour)}
	return map[string]call{
		"reserve": func(ctx context.Context, s *rooms.SQLStore) error {
			_, err := s.Reserve(ctx, id, "f", lease)
			return err
		},
		"release": func(ctx context.Context, s *rooms.SQLStore) error { return s.Release(ctx, id, "nobody") },
		"forget": func(ctx context.Context, s *rooms.SQLStore) error {
			_, err := s.ForgetRequests(ctx, begin, 5)
			return err
		},
		"answer": func(ctx context.Context, s *rooms.SQLStore) error {
			if err := s.Answer(ctx, id, "nobody", nil); !errors.Is(err, rooms.ErrRequestRunning) {
				return err
			}
			return nil
		},
	}
}

// fill makes rooms, attendees and requests by plain SQL.
func fill(t *testing.T, db *bun.DB) {
	t.Helper()
	numbers, at, first, last := `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20100) SELECT i FROM n) AS n`,
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
		`INSERT INTO rooms (id, slug, name, access_level, configuration, external_id, source_kind, source_id, source_name, version, created_at, updated_at)
			SELECT 'room-' || i, 'slug-' || i, 'n', 'trusted', '{}', 'id-' || i, ` + source + `, 'A', 1, ` + at + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO room_members (room_id, id, user_id, role, source_kind, source_id, created_at)
			SELECT 'room-' || i, 'room-' || i, 'user-' || (i % 200), 'owner', ` + source + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO room_members (room_id, id, address, role, source_kind, source_id, created_at)
			SELECT 'room-' || i, 'guest', 'guest-' || (i % 200) || '@example.com', 'member', ` + source + `, ` + at + ` FROM ` + numbers,
		`INSERT INTO room_requests (source_kind, source_id, user_id, route, key, fingerprint, holder, locked_until, expires_at)
			SELECT ` + source + `, 'user-' || (i % 200), 'POST', 'key-' || i, 'f', 'h', ` + at + `, ` + at + ` FROM ` + numbers,
		last,
	} {
		_, err := conn.ExecContext(t.Context(), statement)
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

// explain returns the steps in which the database would answer the query.
func explain(t *testing.T, db *bun.DB, query string) (steps []string) {
	t.Helper()
	is := is.New(t)
	if db.Dialect().Name() == dialect.PG {
		var lines []string
		is.NoErr(db.NewRaw("EXPLAIN "+query).Scan(t.Context(), &lines))
		return strings.Split(strings.Join(lines, "\n"), "->")
	}
	var rows []struct {
		ID, Parent, Notused int
		Detail              string
	}
	is.NoErr(db.NewRaw("EXPLAIN QUERY PLAN "+query).Scan(t.Context(), &rows))
	for _, row := range rows {
		steps = append(steps, row.Detail)
	}
	return steps
}
