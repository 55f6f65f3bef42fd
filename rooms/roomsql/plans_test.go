package roomsql_test

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// call is something that the store is asked for.
type call func(ctx context.Context, s *roomsql.Store) error

// TestPlans asks the databases how they answer what the store sends them. Every
// table is entered by a range of an index, so that nothing grows with the rooms
// of others, and a page of a list is read in its order. It is so whatever the arguments
// of a statement are, which is the plan that PostgreSQL keeps for a prepared one, and for
// those that were sent.
func TestPlans(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		fill(t, db)
		calls := pages()
		maps.Copy(calls, others())
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			t.Run(name, func(t *testing.T) {
				is := is.New(t)
				sent := &recorder{}
				hooked := db.WithQueryHook(sent)
				is.NoErr(calls[name](t.Context(), roomsql.New(hooked)))
				is.NoErr(calls[name](t.Context(), roomsql.New(formatting{hooked})))
				is.True(len(sent.queries) > 0) // it asks the database
				for _, query := range sent.queries {
					plan := dbtest.Explain(t, db, query)
					sorted := strings.HasPrefix(name, "page") && slices.ContainsFunc(ranges(plan), sorts)
					if sorted || slices.ContainsFunc(plan, scans) {
						t.Errorf("%s\n\n%s", query, strings.Join(plan, "\n"))
					}
				}
			})
		}
	})
}

// formatting is a handle of a kind that is not known, for which bun writes arguments into
// the text.
type formatting struct{ *bun.DB }

// scans reports whether a step reads a whole table, or a whole index.
func scans(step string) bool {
	whole := regexp.MustCompile(`SCAN (r|m|o|q|room\w*)\b`)
	scan := strings.Contains(step, "Scan") && strings.Contains(step, " on room")
	return scan && !strings.Contains(step, "Cond:") || whole.MatchString(step)
}

func sorts(step string) bool {
	return strings.Contains(step, "Sort") || strings.Contains(step, "TEMP B-TREE")
}

// ranges returns the steps in which the ranges of a page are read: those below the
// last step that joins ranges, which has no more of each than the page needs. What
// comes before it counts the list.
func ranges(plan []string) []string {
	for i, step := range slices.Backward(plan) {
		if strings.Contains(step, "Append") {
			return plan[i+1:]
		}
	}
	return plan
}

// What fill makes: a room of one of two hundred users, through one of twenty
// applications.
const (
	someRoom, someSlug, someID = "room-10007", "slug-10007", "id-10007"
	someUser, someApplication  = "user-7", "app-7"
)

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// someAddresses are one with many rooms, one with those of another user and one
// without any.
var someAddresses = []string{"guest-7@example.com", "guest-8@example.com", "none@example.com"}

func someViews() map[string]rooms.View {
	return map[string]rooms.View{
		"own": {UserID: someUser, SourceKind: "application", SourceID: someApplication},
		"own by address": {UserID: someUser, Addresses: someAddresses,
			SourceKind: "application", SourceID: someApplication},
		"all sources":        {UserID: someUser, AllSources: true},
		"all by address":     {UserID: someUser, Addresses: someAddresses, AllSources: true},
		"only by an address": {UserID: "new", Addresses: someAddresses[:1], AllSources: true},
		"program":            {Program: true, SourceKind: "application", SourceID: someApplication},
	}
}

// pages are the pages of lists.
func pages() map[string]call {
	calls := map[string]call{}
	for whose, view := range someViews() {
		for name, query := range map[string]rooms.Query{
			"first": {}, "third": {Offset: 40}, "after": {After: someRoom}, "oldest first": {OldestFirst: true},
			"after, oldest first": {After: someRoom, OldestFirst: true},
			"access level":        {Filter: rooms.Filter{AccessLevel: rooms.Trusted}},
		} {
			calls["page: "+whose+", "+name] = list(view, query)
		}
	}
	return calls
}

func list(view rooms.View, query rooms.Query) call {
	query.Limit = 21
	return func(ctx context.Context, s *roomsql.Store) error {
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
			"slug": {Slug: someSlug}, "external ids": {ExternalIDs: []string{someID, "another"}},
			"created after": {CreatedAfter: middle}, "created before": {CreatedBefore: middle},
			"updated after": {UpdatedAfter: middle}, "both": {Slug: someSlug, UpdatedAfter: middle},
		} {
			calls[whose+", "+name] = list(view, rooms.Query{Filter: filter})
		}
		calls[whose+", find"] = func(ctx context.Context, s *roomsql.Store) error {
			_, _, err := s.Find(ctx, view, someRoom)
			return err
		}
		calls[whose+", lock"] = func(ctx context.Context, s *roomsql.Store) error {
			_, _, err := s.Lock(ctx, view, someRoom)
			return err
		}
		calls[whose+", update"] = func(ctx context.Context, s *roomsql.Store) error {
			return s.Update(ctx, view, rooms.Room{ID: someRoom, AccessLevel: rooms.Trusted, Version: 1}, 1)
		}
		calls[whose+", count"] = func(ctx context.Context, s *roomsql.Store) error {
			_, err := s.Count(ctx, view, []time.Time{begin, middle}, middle.Add(time.Hour))
			return err
		}
	}
	calls["sources"] = func(ctx context.Context, s *roomsql.Store) error { _, err := s.Sources(ctx); return err }
	calls["attendees"] = func(ctx context.Context, s *roomsql.Store) error {
		_, err := s.Attendees(ctx, someRoom)
		return err
	}
	calls["rename"] = func(ctx context.Context, s *roomsql.Store) error {
		return s.Rename(ctx, "guest-9@example.com", "new@example.com")
	}
	calls["rename to one that is there"] = func(ctx context.Context, s *roomsql.Store) error {
		return s.Rename(ctx, "guest-10@example.com", "guest-11@example.com")
	}
	calls["forget"] = func(ctx context.Context, s *roomsql.Store) error { return s.Forget(ctx, "guest-12@example.com") }
	calls["release PINs"] = func(ctx context.Context, s *roomsql.Store) error {
		_, err := s.ReleasePINs(ctx, middle, 5)
		return err
	}
	calls["count PINs"] = func(ctx context.Context, s *roomsql.Store) error {
		_, err := s.CountPINs(ctx, []string{"0000010007", "0000000000"})
		return err
	}
	calls["door"] = func(ctx context.Context, s *roomsql.Store) error {
		_, _, err := s.Door(ctx, someSlug, rooms.Visitor{UserID: someUser, Addresses: someAddresses})
		return err
	}
	there := []string{"room-20007", "room-19807"}
	calls["delete"] = func(ctx context.Context, s *roomsql.Store) error {
		id := there[0]
		there = there[1:]
		return s.Delete(ctx, someViews()["own by address"], id, 1, begin)
	}
	return calls
}

// requests are those of the [once.Store].
func requests() map[string]call {
	id := once.ID{SourceKind: "application", SourceID: someApplication, UserID: someUser, Route: "POST", Key: "key-7"}
	attempt := once.Attempt{ID: id, Fingerprint: "f", Now: begin, KeepUntil: begin.Add(time.Hour)}
	return map[string]call{
		"answer a request": func(ctx context.Context, s *roomsql.Store) error {
			_, err := s.Requests().Answer(ctx, attempt, func(context.Context, rooms.Tx) ([]byte, error) { return nil, nil })
			return err
		},
		"forget requests": func(ctx context.Context, s *roomsql.Store) error {
			_, err := s.Requests().Forget(ctx, begin, 5)
			return err
		},
	}
}
