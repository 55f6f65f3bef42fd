package moving_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

const good = `{"kind":"user","email":"a@example.com"}` + "\n"

// TestFilesThatCannotBeRead end with status 1 and name the place; what came before is kept.
func TestFilesThatCannotBeRead(t *testing.T) {
	is := is.New(t)
	url := empty(t, dbtest.SQLite(t))
	for text, want := range map[string]string{
		"":                                 "it is empty",
		" \n":                              "it is empty",
		"<xml/>":                           "neither a dump",
		`{"name":"x"}`:                     "neither a dump",
		"- model: core.user":               "neither a dump",
		"\xfd7zXZ\x00":                     "xz -dc",
		"\xff\xfea\x00":                    "UTF-8",
		"\x1f\x8bnonsense":                 "gzip",
		"email,colour\na@example.com,red":  "line 1: no kind of record has the columns colour",
		"email,active\na@example.com\n":    "line 2: wrong number of fields",
		`[{"model":"core.user","pk":"x"`:   "record 1: the file ends in the middle",
		`[{"model":"core.user"}, nonsense`: "record 2, before byte",
		`[{"model":7}]`:                    "record 1, before byte",
		`[]`:                               "",
	} {
		r := bring(t, url, text)
		if want == "" {
			is.NoErr(r.err) // an empty list is a file without records
			continue
		}
		is.Equal(r.status, 1)
		is.True(strings.Contains(r.err.Error(), want)) // the cause and the place are named
		is.Equal(whole(t, url), "")                    // and nothing is imported
	}
	r := bring(t, url, good+"{\"kind\":\n"+good)
	is.True(r.status == 1 && strings.Contains(r.err.Error(), "line 2: is not a JSON object"))
	is.Equal(strings.Count(whole(t, url), "\n"), 1) // what came before is kept
	is.True(command(t, t.Context(), url, nil, "import", "/no/such/file").err != nil)
	is.Equal(bring(t, url, good, "--only", "users").status, 2)
	is.Equal(bring(t, "", good).status, 2)
}

// TestRecordsThatBreakARule are left out, each with its reason, and the others come.
func TestRecordsThatBreakARule(t *testing.T) {
	const room = `"kind":"room","slug":"`
	for record, reason := range map[string]string{
		`{"kind":"person"}`:           "unknown kind",
		`{"kind":7}`:                  "unknown kind",
		`{"kind":"user"}`:             "email is not an acceptable address",
		`{"kind":"user","email":"x"}`: "email is not an acceptable address",
		`{"kind":"user","email":7}`:   "email has the wrong type",
		`{"kind":"user","email":"b@example.com","sub":"x"}`:                        "sub is not known",
		`{"kind":"user","email":"b@example.com","active":"x"}`:                     "active has the wrong type",
		`{"kind":"user","email":"b@example.com","created_at":"yesterday"}`:         "created_at is not a time",
		`{"kind":"user","email":"b@example.com","id":"a\u0000b"}`:                  "id is not UTF-8",
		`{"kind":"user","email":"b@example.com","id":"a\nb"}`:                      "id is required",
		`{"kind":"application","name":"x"}`:                                        "ClientID",
		`{"kind":"application","client_id":"x","name":" "}`:                        "Name",
		`{"kind":"application","client_id":"x","name":"x","scopes":["rooms:fly"]}`: "rooms:fly",
		`{"kind":"application","client_id":"x","name":"x","domains":["gouv.fr"]}`:  "public suffix",
		`{"kind":"application","client_id":"x","name":"x","reach":"all"}`:          "Reach",
		`{"kind":"application","client_id":"x","name":"x",` +
			`"any_user":true,"emails":["a@example.com"]}`: "Policy",
		`{"kind":"secret","client_id":"x","secret_id":"y"}`:            "mac or imported_hash is required",
		`{"kind":"secret","client_id":"x","imported_hash":"plain"}`:    "imported_hash is neither",
		`{"kind":"secret","client_id":"x","secret_id":"y","mac":"00"}`: "no application",
		`{` + room + `a b"}`:                                                         "slug is not",
		`{` + room + `a","id":"7"}`:                                                  "id is not a UUID",
		`{` + room + `a","access_level":"open"}`:                                     "access_level",
		`{` + room + `a","name":" "}`:                                                "name",
		`{` + room + `a","pin":"12a4"}`:                                              "pin is not",
		`{` + room + `a","configuration":[]}`:                                        "configuration",
		`{` + room + `a","metadata":{"a":1}}`:                                        "metadata",
		`{` + room + `a","external_id":"\n"}`:                                        "external_id",
		`{` + room + `a","members":[{"role":"owner","email":"nobody@example.com"}]}`: "the owner is no user",
		`{` + room + `a","members":[{"role":"king","user_id":"x"}]}`:                 "members.0 has a role",
		`{` + room + `a","members":[{"role":"member"}]}`:                             "members.0 has neither",
		`{` + room + `a","members":[{"role":"member","user_id":"x"},` +
			`{"role":"owner","user_id":"x"}]}`: "members.1 is there twice",
	} {
		t.Run(record, func(t *testing.T) {
			is := is.New(t)
			url := empty(t, dbtest.SQLite(t))
			report := filepath.Join(t.TempDir(), "report")
			r := bring(t, url, good+record+"\n", "--report", report)
			is.Equal(r.status, 3)
			is.Equal(strings.Count(whole(t, url), "\n"), 1) // the other one came
			text, err := os.ReadFile(report)
			is.NoErr(err)
			is.True(strings.Contains(string(text), reason))        // its reason is told
			is.True(strings.Contains(string(text), `{"record":2`)) // and its place
		})
	}
}

// TestUsersComeInLists imports users alone, in every form.
func TestUsersComeInLists(t *testing.T) {
	each(t, func(t *testing.T, url, _ string) {
		is := is.New(t)
		users := func(text string) ran {
			return command(t, t.Context(), url, strings.NewReader(text), "users")
		}
		is.NoErr(users("# people\nA@example.com\n\nb@example.com\r\n").err)
		is.NoErr(users("email\nb@example.com\nc@example.com\n").err)                           // who is there is passed over
		is.NoErr(users("\ufeffEmail;Active;Created_at\nd@example.com;FALSE;2024-02-03\n").err) // as spreadsheets write it
		is.NoErr(users(`{"kind":"user","id":"7","email":"e@example.com"}` + "\n" + `{"kind":"room","slug":"x"}`).err)
		r := users("f@example.com\nnot an address\nf@example.com\n")
		is.Equal(r.status, 3)
		is.Equal(rowOf(r.stderr, "user"), "user 1 0 1 0 1 0")
		all := whole(t, url)
		is.Equal(strings.Count(all, `"kind":"user"`), 6)
		is.Equal(strings.Count(all, "\n"), 6) // and nothing else
		is.True(strings.Contains(all, `"active":false,"created_at":"2024-02-03T00:00:00Z","email":"d@example.com"`))
	})
}

// crowd yields the lines of 20,000 addresses, and calls stop on the way.
type crowd struct {
	n    int
	line string
	stop func()
}

func (c *crowd) Read(p []byte) (int, error) {
	if c.line == "" {
		if c.n++; c.n == 12_000 {
			c.stop()
		}
		if c.n > 20_000 {
			return 0, io.EOF
		}
		c.line = fmt.Sprintf("user%d@example.com\n", c.n)
	}
	n := copy(p, c.line)
	c.line = c.line[n:]
	return n, nil
}

// TestAnInterruptLosesNothing ends an import in the middle, and goes on.
func TestAnInterruptLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, url, _ string) {
		is := is.New(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := command(t, ctx, url, &crowd{stop: cancel}, "users")
		is.True(r.status == 1 && strings.Contains(r.err.Error(), "run it again"))
		is.Equal(strings.Count(whole(t, url), "\n"), 10_000) // whole transactions are there
		r = command(t, t.Context(), url, &crowd{stop: func() {}}, "users")
		is.NoErr(r.err)
		is.Equal(rowOf(r.stderr, "user"), "user 10000 0 10000 0 0 0") // the second time does the rest
		is.Equal(strings.Count(whole(t, url), "\n"), 20_000)
	})
}
