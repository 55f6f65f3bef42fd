package roomsql_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/matryer/is"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// books are rooms of one application whose statistics are compared with what stands in the
// tables, read row by row.
type books struct {
	*testing.T
	db    *bun.DB
	store *roomsql.Store
}

const (
	booksDays = 40
	aliceMail = "alice@example.com"
	bobMail   = "bob@example.com"
)

var booksBegin = time.Date(2020, 3, 1, 0, 0, 0, 0, time.UTC)

// at returns a time of the books: now and then one at which a period begins.
func (b books) at() time.Time {
	if rand.IntN(4) == 0 {
		before := time.Duration(rand.IntN(2)) * time.Microsecond
		return booksBegin.Add(time.Duration(rand.IntN(booksDays*96))*15*time.Minute - before)
	}
	return booksBegin.Add(time.Duration(rand.Int64N(booksDays * 24 * int64(time.Hour)))).Truncate(time.Microsecond)
}

func (b books) exec(query string, args ...any) {
	b.Helper()
	_, err := b.db.NewRaw(tables.SQL(b.db, query), args...).Exec(b.Context())
	is.New(b.T).NoErr(err)
}

// insert adds a room through the store, with attendees.
func (b books) insert(owner string, at time.Time, addresses ...string) {
	id := uuid.Must(uuid.NewV7()).String()
	room := rooms.Room{ID: id, Slug: id, Name: "n", AccessLevel: rooms.Trusted, Version: 1, CreatedAt: at, UpdatedAt: at,
		Source: rooms.Source{Kind: "application", ID: "app", Name: "A"}}
	var first *rooms.Attendee
	if owner != "" {
		first = &rooms.Attendee{ID: id, UserID: owner, Role: rooms.Owner, CreatedAt: at}
	}
	is.New(b.T).NoErr(b.store.Insert(b.Context(), room, first))
	var changes rooms.AttendeeChanges
	for _, address := range addresses {
		changes.Add = append(changes.Add, rooms.Attendee{ID: address, Address: address, Role: rooms.Member, CreatedAt: at})
	}
	is.New(b.T).NoErr(b.store.ChangeAttendees(b.Context(), id, changes))
}

// anyRoom returns the id of a room.
func (b books) anyRoom() (id string) {
	const query = "SELECT id FROM {rooms} ORDER BY random() LIMIT 1"
	is.New(b.T).NoErr(b.db.NewRaw(tables.SQL(b.db, query)).Scan(b.Context(), &id))
	return id
}

// change does one thing at random, through the store or by plain SQL.
func (b books) change() {
	b.Helper()
	id, owner := b.anyRoom(), []string{"alice", "bob", "carol", ""}[rand.IntN(4)]
	switch rand.IntN(11) {
	case 0:
		b.insert(owner, b.at(), bobMail, "dave@example.com")
	case 1:
		b.insert(owner, b.at(), aliceMail)
	case 2:
		_ = b.store.Delete(b.Context(), rooms.View{Program: true, SourceKind: "application", SourceID: "app"}, id, 1, b.at())
	case 3:
		add := rooms.Attendee{ID: "x" + uuid.NewString(), Address: uuid.NewString(), Role: rooms.Member, CreatedAt: b.at()}
		_ = b.store.ChangeAttendees(b.Context(), id, rooms.AttendeeChanges{Add: []rooms.Attendee{add}})
		b.exec("UPDATE {room_members} SET address = ? WHERE id = ? AND NOT EXISTS (SELECT 1 FROM {room_members} AS o"+
			" WHERE o.room_id = ? AND o.address = ?)", bobMail, add.ID, id, bobMail)
	case 4:
		_ = b.store.ChangeAttendees(b.Context(), id, rooms.AttendeeChanges{Remove: []rooms.Attendee{{ID: bobMail}}})
	case 5:
		is.New(b.T).NoErr(b.store.Rename(b.Context(), "dave@example.com", bobMail))
	case 6:
		b.exec("UPDATE {rooms} SET created_at = ? WHERE id = ?", b.at(), id)
	case 7:
		b.exec("UPDATE {room_members} SET created_at = ? WHERE room_id = ? AND role = 'owner'", b.at(), id)
	case 8:
		b.exec("DELETE FROM {room_members} WHERE room_id = ? AND role <> 'owner'", id)
	case 9:
		b.exec("DELETE FROM {room_members} WHERE room_id = ?", id)
		b.exec("DELETE FROM {rooms} WHERE id = ?", id)
	case 10:
		other := []string{"app", "app2"}[rand.IntN(2)]
		b.exec("UPDATE {rooms} SET source_id = ? WHERE id = ?", other, id)
		b.exec("UPDATE {room_members} SET source_id = ? WHERE room_id = ?", other, id)
	}
}

// booked is one membership in a room, or a room without any.
type booked struct {
	ID, Source, UserID, Address, Role, MemberSource, Owner string
	CreatedAt, MemberAt                                    time.Time
	DeletedAt, MemberGone                                  bun.NullTime
}

// everything reads all rows.
func (b books) everything() (all []booked) {
	b.Helper()
	err := b.db.NewRaw(tables.SQL(b.db, `SELECT r.id, r.source_id AS source, r.created_at, r.deleted_at,
		COALESCE(m.user_id, '') AS user_id, COALESCE(m.address, '') AS address, COALESCE(m.role, '') AS role,
		COALESCE(m.source_id, '') AS member_source, COALESCE(m.created_at, r.created_at) AS member_at,
		m.deleted_at AS member_gone, COALESCE((SELECT o.user_id FROM {room_members} AS o
			WHERE o.room_id = r.id AND o.role = 'owner'), '') AS owner
		FROM {rooms} AS r LEFT JOIN {room_members} AS m ON m.room_id = r.id`)).Scan(b.Context(), &all)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// counted returns what a view should be told of one period.
func counted(all []booked, view rooms.View, from, to time.Time) (count stats.Count) {
	in := func(t time.Time) bool { return !t.IsZero() && !t.Before(from) && t.Before(to) }
	created, deleted, users := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range all {
		if view.Program {
			created[row.ID] = created[row.ID] || row.Source == view.SourceID && in(row.CreatedAt)
			deleted[row.ID] = deleted[row.ID] || row.Source == view.SourceID && in(row.DeletedAt.Time)
			owns := row.Role == "owner" && row.MemberSource == view.SourceID
			users[row.UserID] = users[row.UserID] || owns && in(row.MemberAt)
			continue
		}
		byAddress := row.UserID == "" && len(view.Addresses) > 0 && row.Address == view.Addresses[0]
		if row.MemberSource != view.SourceID || row.UserID != view.UserID && !byAddress {
			continue
		}
		created[row.ID] = in(row.CreatedAt)
		deleted[row.ID] = in(row.MemberGone.Time)
		users[row.Owner] = users[row.Owner] || in(row.CreatedAt) && row.Owner != ""
	}
	number := func(set map[string]bool) (n int) {
		for _, is := range set {
			if is {
				n++
			}
		}
		return n
	}
	return stats.Count{Created: number(created), Deleted: number(deleted), Users: number(users)}
}

func (b books) views() map[string]rooms.View {
	return map[string]rooms.View{
		"program": {Program: true, SourceKind: "application", SourceID: "app"},
		"owner":   {UserID: "alice", Addresses: []string{aliceMail}, SourceKind: "application", SourceID: "app"},
		"guest":   {UserID: "bob", Addresses: []string{bobMail}, SourceKind: "application", SourceID: "app"},
		"by id":   {UserID: "alice", SourceKind: "application", SourceID: "app"},
		"moved":   {Program: true, SourceKind: "application", SourceID: "app2"},
	}
}

// compare asks for statistics of every view, by days of two zones, by weeks and by odd
// periods, and reports whatever is not what the tables hold.
func (b books) compare() {
	b.Helper()
	all := b.everything()
	const day = 24 * time.Hour
	for name, view := range b.views() {
		for shift, length := range map[time.Duration]time.Duration{
			0: day, -330 * time.Minute: 2 * day, -day: 7 * day, -7 * time.Second: 9 * day} {
			starts := []time.Time{booksBegin.Add(shift)}
			end := starts[0].Add(length)
			for ; end.Before(booksBegin.AddDate(0, 0, booksDays)); end = end.Add(length) {
				starts = append(starts, end)
			}
			got, err := b.store.Count(b.Context(), view, starts, end)
			if err != nil {
				b.Fatal(err)
			}
			for i, start := range starts {
				if want := counted(all, view, start, append(starts, end)[i+1]); got[i] != want {
					b.Fatalf("%s, %v from %v: %+v, want %+v", name, length, start, got[i], want)
				}
			}
		}
	}
}

// days returns the beginnings of the days of the books.
func days(begin time.Time) (starts []time.Time) {
	for i := range booksDays {
		starts = append(starts, begin.AddDate(0, 0, i))
	}
	return starts
}

// newBooks fills them so that what is counted is kept.
func newBooks(t *testing.T, db *bun.DB) books {
	t.Helper()
	b := books{t, db, roomsql.New(db)}
	numbers := `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) SELECT i FROM n) AS n`
	at, id := `datetime('2020-03-01', (i * 5000) || ' seconds')||'+00:00'`, `printf('0199d9f6-5c1e-7000-8000-%012d', i)`
	if db.Dialect().Name() == dialect.PG {
		at, id = `TIMESTAMPTZ '2020-03-01 00:00:00Z' + i * INTERVAL '5000 seconds'`,
			`'0199d9f6-5c1e-7000-8000-' || lpad(CAST(i AS TEXT), 12, '0')`
	}
	b.exec(`INSERT INTO {rooms} (id, slug, name, access_level, configuration, source_kind, source_id, source_name, version,
		created_at, updated_at) SELECT ` + id + `, ` + id + `, 'n', 'trusted', '{}', 'application', 'app', 'A', 1, ` +
		at + `, ` + at + ` FROM ` + numbers)
	b.exec(`INSERT INTO {room_members} (room_id, id, user_id, role, source_kind, source_id, owner_id, created_at)
		SELECT ` + id + `, 'o', 'alice', 'owner', 'application', 'app', 'alice', ` + at + ` FROM ` + numbers)
	b.exec(`INSERT INTO {room_members} (room_id, id, address, role, source_kind, source_id, owner_id, created_at)
		SELECT ` + id + `, '` + bobMail + `', '` + bobMail + `', 'member', 'application', 'app', 'alice', ` + at + `
		FROM ` + numbers)
	return b
}

// keeps waits until what was counted is kept.
func (b books) keeps() {
	b.Helper()
	is := is.New(b.T)
	for range 1000 {
		var heads, kept int
		for _, view := range b.views() {
			for _, starts := range [][]time.Time{days(booksBegin), days(booksBegin.Add(-330 * time.Minute))} {
				_, err := b.store.Count(b.Context(), view, starts, starts[len(starts)-1].AddDate(0, 0, 1))
				is.NoErr(err)
			}
		}
		is.NoErr(b.db.NewRaw(tables.SQL(b.db, "SELECT (SELECT count(*) FROM {room_tally_heads} AS h WHERE h.ready),"+
			" (SELECT count(*) FROM {room_statistics} AS k WHERE k.created IS NOT NULL)")).Scan(b.Context(), &heads, &kept))
		if heads == 4 && kept >= 70 {
			b.compare()
			return
		}
	}
	b.Fatal("it never comes to that")
}

// TestStatisticsAreWhatIsThere changes rooms at random and compares every number.
func TestStatisticsAreWhatIsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		b := newBooks(t, db)
		b.keeps()
		for range 16 {
			for range 6 {
				b.change()
			}
			b.compare()
		}
	})
}

// TestStatisticsBesideWriters has statistics kept and asked for while others write.
func TestStatisticsBesideWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		b := newBooks(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for range 3 {
			writers.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					b.insert([]string{"alice", "bob"}[i%2], b.at(), bobMail)
				}
			})
		}
		for range 8 {
			for _, view := range b.views() {
				for shift := range 3 { // zones of which nothing is kept yet
					start := booksBegin.Add(time.Duration(shift) * time.Hour)
					starts := []time.Time{start, start.AddDate(0, 0, 1), start.AddDate(0, 0, 8)}
					if _, err := b.store.Count(t.Context(), view, starts, start.AddDate(0, 0, booksDays-2)); err != nil {
						t.Error(fmt.Errorf("counting beside writers: %w", err))
					}
				}
			}
		}
		cancel()
		writers.Wait()
		b.keeps() // and every number is what is there
	})
}
