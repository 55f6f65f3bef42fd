//go:build linux

package stand_test

import (
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// TestVerifyFindsWhatIsWrong breaks the data of a database in each way.
func TestVerifyFindsWhatIsWrong(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		db := dbtest.Open(t, url)
		room := func(id, name string) {
			_, err := db.ExecContext(t.Context(), tables.SQL(db, `INSERT INTO {rooms} (id, slug, name, access_level, configuration,
				source_kind, source_id, source_name, version, created_at, updated_at)
				VALUES (?, ?, ?, 'trusted', '{}', 'application', 'app', 'App', 1, ?, ?)`), id, id, name, time.Now(), time.Now())
			is.NoErr(err)
		}
		owner := func(id string) {
			_, err := db.ExecContext(t.Context(), tables.SQL(db, `INSERT INTO {room_members} (room_id, id, user_id, role,
				source_kind, source_id, created_at) VALUES (?, ?, 'alice', 'owner', 'application', 'app', ?)`), id, id, time.Now())
			is.NoErr(err)
		}
		room("1", "a")
		owner("1")
		verify := func(acknowledged map[string]string) stand.Finding {
			found, err := stand.Verify(t.Context(), url, acknowledged)
			is.NoErr(err)
			return found
		}
		found := verify(map[string]string{"a": "1"})
		is.Equal(found, stand.Finding{Rooms: 1, Acknowledged: 1})
		is.NoErr(found.Err())
		is.Equal(verify(map[string]string{"a": "1", "b": "2"}).Lost, 1) // acknowledged, and not there
		room("2", "b")
		is.Equal(verify(nil).HalfMade, 1) // a room without an owner
		owner("2")
		room("3", "b")
		owner("3")
		found = verify(nil)
		is.Equal(found.Twice, 1) // one key, two rooms
		is.True(found.Err() != nil)
	})
}

// TestTallyKnowsWhatNoCallerShouldGet counts answers of each kind, in a fault and
// outside of one.
func TestTallyKnowsWhatNoCallerShouldGet(t *testing.T) {
	tests := map[string]struct {
		answer          stand.Answer
		outside, within bool // right there
	}{
		"granted":               {stand.Answer{Status: 201}, true, true},
		"away":                  {stand.Answer{Status: 503, RetryAfter: "5"}, false, true},
		"away, no Retry-After":  {stand.Answer{Status: 503}, false, false},
		"a fault of the server": {stand.Answer{Status: 500, RetryAfter: "5"}, false, false},
		"blamed on the caller":  {stand.Answer{Status: 400}, false, false},
		"no answer":             {stand.Answer{Err: errors.New("cut")}, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			outside, within := stand.NewTally(), stand.NewTally()
			outside.Add(test.answer, false)
			within.Add(test.answer, true)
			is.Equal(outside.Wrong() == nil, test.outside)
			is.Equal(within.Wrong() == nil, test.within)
		})
	}
}
