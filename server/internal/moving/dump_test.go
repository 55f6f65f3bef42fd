package moving_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// What is in the dump in testdata, which Django 5.2 wrote from a database of LaSuite Meet's
// models.
const (
	meetingID, teamID = "f47ac10b-58cc-4372-a567-0e02b2c3d479", "016b1d0e-9f3c-4c1a-8d2e-5b6f7a8c9d0e"
	calendarID        = "calendar-client-id-of-forty-characters-x"
	calendarSecret    = "s3cr3t-of-the-calendar"
	twinID, deviceID  = "00000000-eeee-4eee-8eee-555555555555", "44444444-dddd-4ddd-8ddd-444444444444"
	staffID           = "77777777-aaaa-4aaa-8aaa-777777777777"
	aliceID           = "11111111-aaaa-4aaa-8aaa-111111111111"
)

// TestADumpOfLaSuiteMeet imports one and asks for what was promised there.
func TestADumpOfLaSuiteMeet(t *testing.T) {
	each(t, func(t *testing.T, url, _ string) {
		is := is.New(t)
		report := filepath.Join(t.TempDir(), "report")
		r := command(t, t.Context(), url, nil, "import", inTestdata("dump.json"), "--report", report)
		is.Equal(r.status, 3)                                 // some were left out
		is.True(strings.Contains(r.stderr, "core.recording")) // models that do not move are counted
		lines := reported(t, report)
		slices.Sort(lines)
		is.Equal(lines, []string{"application " + calendarID + " changed", "application everyone changed",
			"application off changed", "application off changed", "room " + teamID + " changed",
			"user " + twinID + " left out", "user " + deviceID + " left out", "user " + staffID + " left out"})

		s := serve(t, url, delegation.NewRootKeys())
		token := s.ask(calendarID, calendarSecret, "alice@example.com")
		is.Equal(token.status, 200) // the id and the secret of there are good
		room := s.as(token.text("access_token"), "GET", "/rooms/"+meetingID+"/", "")
		is.Equal(room.status, 200)
		is.Equal(room.text("url"), "https://meet.example.org/fmr-zkqp-wxy") // links go on
		is.Equal(room.text("created_at")[:19], "2024-08-01T09:30:15")
		is.Equal(room.members["telephony"].(map[string]any)["pin_code"], "0123456789") // and so do PINs
		is.Equal(room.members["configuration"], map[string]any{"everyone_can_mute": false,
			"can_publish_sources": []any{"camera", "microphone"}})
		list := s.as(token.text("access_token"), "GET", "/rooms/", "")
		is.Equal(list.members["count"], 2.0)
		first := list.members["results"].([]any)[0].(map[string]any)
		is.Equal(first["slug"], "reunion-dequipe-du-mardi") // the newest first, and slugs of any form
		lookedUp := s.as(token.text("access_token"), "POST", "/rooms/lookup/",
			`{"url":"https://meet.example.org/reunion-dequipe-du-mardi"}`)
		is.Equal(lookedUp.text("id"), teamID)
		created := s.as(token.text("access_token"), "POST", "/rooms/", "")
		is.Equal(created.status, 201)
		list = s.as(token.text("access_token"), "GET", "/rooms/", "")
		is.Equal(list.members["results"].([]any)[0].(map[string]any)["id"], created.members["id"]) // what is new comes first
		is.Equal(s.ask(calendarID, calendarSecret, "carol@other.example").status, 400)             // as there
		is.Equal(s.ask(calendarID, calendarSecret, "gone@example.com").status, 400)                // as there
		is.Equal(s.ask("everyone", "s3cr3t-of-everyone", "bob@example.com").status, 400)           // it is for no one
	})
}

// TestEveryFormOfADump imports the forms that Django writes, and what is in them is the
// same.
func TestEveryFormOfADump(t *testing.T) {
	each(t, func(t *testing.T, url, other string) {
		is := is.New(t)
		is.Equal(command(t, t.Context(), url, nil, "import", inTestdata("dump.json")).status, 3)
		is.Equal(command(t, t.Context(), other, nil, "import", inTestdata("dump.jsonl.gz"), "--dry-run").status, 3)
		is.Equal(whole(t, other), "") // a trial leaves nothing
		is.Equal(command(t, t.Context(), other, nil, "import", inTestdata("dump.jsonl.gz")).status, 3)
		stable := func(text string) (lines []string) {
			for line := range strings.Lines(text) {
				before, rest, _ := strings.Cut(line, `"generation":`) // which is of the import
				_, after, _ := strings.Cut(rest, ",")
				lines = append(lines, before+after)
			}
			return lines
		}
		is.Equal(stable(whole(t, other)), stable(whole(t, url)))
		again := command(t, t.Context(), url, nil, "import", inTestdata("all.json.bz2"))
		is.Equal(again.status, 3)
		is.Equal(rowOf(again.stderr, "room"), "room 0 0 4 0 0 1") // all of them are there
		natural := command(t, t.Context(), url, nil, "import", inTestdata("natural.json"))
		is.True(strings.Contains(natural.stderr, "--natural-primary")) // what cannot be told apart is named
	})
}

// rowOf returns the row of a summary for a kind.
func rowOf(summary, kind string) string {
	for line := range strings.Lines(summary) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == kind {
			return strings.Join(fields, " ")
		}
	}
	return ""
}

// TestWhatOperatorsDecide has the flags for what LaSuite Meet has in its settings.
func TestWhatOperatorsDecide(t *testing.T) {
	each(t, func(t *testing.T, url, _ string) {
		is := is.New(t)
		r := command(t, t.Context(), url, nil, "import", inTestdata("dump.json"), "--delegate-any", "--allow-public-suffix",
			"--provision", "--reach", "own", "--source", "visio")
		is.Equal(r.status, 3)
		lines := whole(t, url, "--only", "application,room")
		for _, part := range []string{`"client_id":"everyone","active":true,"any_user":true`,
			`"domains":["example.com","gouv.fr"]`,
			`"provision":true`, `"reach":"own"`, `"source_id":"visio"`} {
			is.True(strings.Contains(lines, part)) // each is as it was decided
		}
		is.True(!strings.Contains(lines, `"kind":"user"`)) // and only what was asked for is exported
		s := serve(t, url, delegation.NewRootKeys())
		is.Equal(s.ask("everyone", "s3cr3t-of-everyone", "new@elsewhere.example").status, 200)
		is.Equal(s.ask("off", "md5$salt$"+strings.Repeat("0", 32), "bob@example.com").status, 401) // it stays off
	})
}

// TestRecordsInAnyOrder has a dump whose parts come the other way round, and which names
// people that are not there.
func TestRecordsInAnyOrder(t *testing.T) {
	const dump = `{"model":"core.resourceaccess","pk":"11111111-0000-4000-8000-000000000001",
  "fields":{"created_at":"2024-01-02T00:00:00Z","resource":"22222222-0000-4000-8000-000000000001",
  "user":"33333333-0000-4000-8000-000000000001","role":"owner"}}
{"model":"core.resourceaccess","pk":"11111111-0000-4000-8000-000000000002",
  "fields":{"created_at":"2024-01-02T00:00:00Z","resource":"22222222-0000-4000-8000-000000000001",
  "user":"33333333-0000-4000-8000-00000000dead","role":"owner"}}
{"model":"core.resourceaccess","pk":"11111111-0000-4000-8000-000000000003",
  "fields":{"created_at":"2024-01-02T00:00:00Z","resource":"22222222-0000-4000-8000-00000000dead",
  "user":"33333333-0000-4000-8000-000000000001","role":"owner"}}
{"model":"core.room","pk":"22222222000040008000000000000001",
  "fields":{"name":"Team","slug":null,
  "access_level":"public","configuration":{},"pin_code":null}}
{"model":"core.room","pk":"22222222-0000-4000-8000-000000000002",
  "fields":{"name":"Alone","slug":"alone",
  "access_level":"public","configuration":{}}}
{"model":"core.resource","pk":"22222222-0000-4000-8000-000000000001",
  "fields":{"created_at":"2024-01-02T00:00:00Z","updated_at":"2024-01-02T00:00:00Z"}}
{"model":"core.user","pk":"33333333-0000-4000-8000-000000000001",
  "fields":{"email":"Zoe@Example.com","is_active":true,"created_at":"2024-01-02T00:00:00Z"}}
`
	each(t, func(t *testing.T, url, _ string) {
		is := is.New(t)
		report := filepath.Join(t.TempDir(), "report")
		is.Equal(bring(t, url, "\ufeff"+dump, "--report", report).status, 3)
		is.Equal(reported(t, report), []string{"access 11111111-0000-4000-8000-000000000002 left out",
			"access 11111111-0000-4000-8000-000000000003 left out", "room 22222222-0000-4000-8000-000000000002 left out"})
		room := whole(t, url, "--only", "room")
		is.True(strings.Contains(room, `"slug":"22222222-0000-4000-8000-000000000001"`)) // joined by its id, as there
		is.True(strings.Contains(room, `"email":"zoe@example.com","role":"owner"`))      // addresses are in one form
	})
}
