package server_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// fill makes 50,000 rooms of the application. Alice owns every nth.
func (x *bench) fill(n int) {
	const numbers = ` FROM generate_series(1, 50000) AS n(i)`
	const id = `'01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0')`
	const user = `CASE WHEN i % $2 = 0 THEN $3 ELSE 'user-' || i % 100 END`
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, x.pool.Config().ConnConfig)
	fatal(x, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "SET synchronous_commit = on") // else VACUUM finds the rows too young
	fatal(x, err)
	_, err = conn.Exec(ctx, `INSERT INTO anteroom.rooms (id, slug, name, access_level, configuration,
			source_kind, source_id, source_name, version, created_at, updated_at)
		SELECT `+id+`, 'slug-' || i, 'Budget', 'trusted', '{}',
			'application', $1, 'Calendar', 1, now(), now()`+numbers, x.clientID)
	fatal(x, err)
	_, err = conn.Exec(ctx, `INSERT INTO anteroom.room_members (room_id, id, user_id, role, source_kind,
			source_id, created_at)
		SELECT `+id+`, `+id+`, `+user+`, 'owner', 'application', $1, now()`+numbers, x.clientID, n, x.userID)
	fatal(x, err)
	_, err = conn.Exec(ctx, "VACUUM ANALYZE anteroom.rooms, anteroom.room_members")
	fatal(x, err)
}

// get returns a read of a path of the server.
func (x *bench) get(path string) func() {
	return func() { x.call("GET", x.server+path, "", "", 200) }
}

// BenchmarkDeepPage compares a page after 9,000 of a user's 10,000 rooms with the
// first one: by its cursor, and by its number.
func BenchmarkDeepPage(b *testing.B) {
	x := newBench(b)
	x.fill(5)
	const deep = "/rooms?page_size=20&page="
	response, err := x.client.Do(x.request("GET", x.server+deep+"450", ""))
	fatal(b, err)
	defer response.Body.Close()
	link, _, _ := strings.Cut(response.Header.Get("Link"), ">")
	_, cursor, there := strings.Cut(link, base)
	if !there {
		b.Fatal("no link to the next page")
	}
	b.Run("cursor", func(b *testing.B) { x.on(b).beside("first", x.get("/rooms"), x.get(cursor)) })
	b.Run("number", func(b *testing.B) { x.on(b).beside("first", x.get("/rooms"), x.get(deep+"451")) })
}

// BenchmarkCreateRoomOnce compares the creation of rooms that may be sent again
// with a plain one.
func BenchmarkCreateRoomOnce(b *testing.B) {
	x := newBench(b)
	create := func(body string, headers ...string) {
		x.call("POST", x.server+"/rooms", "application/json", body, 201, headers...)
	}
	plain := func() { create(`{"name":"Budget"}`) }
	b.Run("external_id", func(b *testing.B) {
		x.on(b).beside("plain", plain, func() { create(`{"name":"Budget","external_id":"` + rand.Text() + `"}`) })
	})
	b.Run("Idempotency-Key", func(b *testing.B) {
		x.on(b).beside("plain", plain, func() { create(`{"name":"Budget"}`, "Idempotency-Key", rand.Text()) })
	})
}
