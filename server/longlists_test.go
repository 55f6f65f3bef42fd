package server_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/tables"
)

// TestLongLists counts up to a bound, and tells when there are more.
func TestLongLists(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, unlimited)
	token := a.token("alice@example.com")
	alice, err := a.registry.UserByEmail(t.Context(), "alice@example.com")
	is.NoErr(err)
	fill := func(from, to int) {
		const numbers = `WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?) `
		const id, source = `printf('0199d9f6-5c1e-7000-8000-%012d', i)`, `'application', ?, `
		const at = `'2026-01-01 00:00:00+00:00'`
		_, err := a.config.DB.NewRaw(tables.SQL(a.config.DB, `INSERT INTO {rooms} (id, slug, name, access_level,
				configuration, source_kind, source_id, source_name, version, created_at, updated_at) `+
			numbers+`SELECT `+id+`, 's' || i, 'n',
				'trusted', '{}', `+source+`'A', 1, `+at+`, `+at+` FROM n`), from, to, a.clientID).Exec(t.Context())
		is.NoErr(err)
		_, err = a.config.DB.NewRaw(tables.SQL(a.config.DB, `INSERT INTO {room_members} (room_id, id, user_id, role,
				source_kind, source_id, owner_id, created_at) `+
			numbers+`SELECT `+id+`, 'o', ?, 'owner', `+source+`?, `+at+` FROM n`),
			from, to, alice.ID, a.clientID, alice.ID).Exec(t.Context())
		is.NoErr(err)
	}
	list := func(query string) map[string]any {
		r := a.call("GET", "/rooms/?"+query, "", token)
		is.Equal(r.StatusCode, 200)
		return r.json(t)
	}
	fill(1, 10_000)
	body := list("page_size=100")
	_, told := body["count_is_lower_bound"]
	is.True(body["count"] == 10_000.0 && !told) // exact so far
	is.Equal(len(list("page=2000")["results"].([]any)), 0)
	fill(10_001, 10_300)
	body = list("page_size=100")
	is.True(body["count"] == 10_000.0 && body["count_is_lower_bound"] == true)
	next := strings.TrimPrefix(body["next"].(string), publicURL+base+"/rooms/?")
	body = list(next)
	is.True(body["count"] == 10_000.0 && body["count_is_lower_bound"] == true) // on the pages of its cursors, too
	body = list("page=100&page_size=100")
	is.True(strings.Contains(body["next"].(string), "page=101"))
	body = list("page=101&page_size=100")
	is.True(strings.Contains(body["next"].(string), "cursor=") && strings.Contains(body["previous"].(string), "page=100"))
	is.Equal(len(list(strings.TrimPrefix(body["next"].(string), publicURL+base+"/rooms/?"))["results"].([]any)), 100)
	r := a.call("GET", "/rooms/?page=102&page_size=100", "", token)
	problem(t, r, 400, "invalid_input")
	is.True(strings.Contains(r.body, `"field":"page"`)) // numbers end there
	body = list("access_level=public")
	is.True(body["count"] == 0.0 && body["count_is_lower_bound"] == true) // of the first ones none passes
}
