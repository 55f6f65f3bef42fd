package server_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// The room of the examples in openapi.yaml and of testdata/wire.
const (
	exampleID   = "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e"
	exampleSlug = "aae-erez-aaz"
	examplePIN  = "0123456789"
)

// guest is a server with one room, to which people are invited.
type guest struct {
	*api
	id, token string
}

func newGuest(t *testing.T, changes ...func(*server.Config)) guest {
	t.Helper()
	a := onSQLite(t, changes...)
	g := guest{api: a, token: a.token("alice@example.com")}
	g.id = a.create(`{"name":"Budget"}`, g.token)["id"].(string)
	g.set("slug", exampleSlug)
	return g
}

// set changes a column of the room as no caller could.
func (g guest) set(column, value string) {
	g.Helper()
	_, err := g.config.DB.ExecContext(g.Context(), tables.SQL(g.config.DB, "UPDATE {rooms} SET "+column+" = ? WHERE id = ?"), value, g.id)
	is.New(g.T).NoErr(err)
}

// invitation asks for an invitation in one form, and names the room as the
// examples do.
func (g guest) invitation(headers ...string) reply {
	g.Helper()
	return g.invitationTo("", headers...)
}

// invitationTo asks for an invitation to an event.
func (g guest) invitationTo(query string, headers ...string) reply {
	g.Helper()
	r := g.send("GET", "/rooms/"+g.id+"/invitation/?"+query, "", append(headers, g.token)...)
	r.body = strings.ReplaceAll(r.body, g.id, exampleID)
	r.body = regexp.MustCompile(`(DTSTAMP|LAST-MODIFIED):\d{8}T\d{6}Z`).ReplaceAllString(r.body, "$1:20261123T100000Z")
	return r
}

// golden reads an expected invitation; those for calendars are kept with plain
// line ends.
func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/wire/invitation." + name)
	is.New(t).NoErr(err)
	if strings.HasSuffix(name, ".ics") {
		return strings.ReplaceAll(string(text), "\n", "\r\n")
	}
	return string(text)
}

func TestInvitation(t *testing.T) {
	g := newGuest(t)
	g.set("pin", examplePIN)
	types := map[string]string{
		"txt": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8",
		"ics": "text/calendar; charset=utf-8; method=PUBLISH", "json": "application/json",
		"event.ics": "text/calendar; charset=utf-8",
	}
	for suffix, media := range types {
		for _, tongue := range []string{"en", "fr"} {
			t.Run(tongue+"."+suffix, func(t *testing.T) {
				is := is.New(t)
				query := ""
				if suffix == "event.ics" {
					query = "start=2026-12-01T10:00:00%2B01:00&end=2026-12-01T10:45:00%2B01:00&summary=Budget+2027"
				}
				r := g.invitationTo(query, "Accept: "+media, "Accept-Language: "+tongue)
				is.Equal(r.StatusCode, 200)
				is.Equal(r.Header.Get("Content-Type"), media)
				is.Equal(r.Header.Get("Content-Language"), tongue)
				is.Equal(r.Header.Get("Vary"), "Accept, Accept-Language") // for caches
				policy := r.Header.Get("Content-Security-Policy")
				is.Equal(strings.HasPrefix(policy, "default-src 'none';"), suffix == "html") // a page loads and runs nothing
				is.Equal(r.Header.Get("Cache-Control"), "no-store")                          // for all others: there is a PIN in it
				is.Equal(r.body, golden(t, tongue+"."+suffix))
			})
		}
	}
	is := is.New(t)
	r := g.invitation()
	is.Equal(r.body, golden(t, "en.txt")) // who asks for nothing gets text in English
	head := g.send("HEAD", "/rooms/"+g.id+"/invitation", "", g.token, "Accept: text/html", "Accept-Language: fr")
	is.Equal(head.StatusCode, 200)
	is.Equal(head.Header.Get("Content-Type"), types["html"]) // HEAD is GET without the body
	is.Equal(head.Header.Get("Content-Language"), "fr")
	is.Equal(head.body, "")
}

// TestInvitationExamples holds the examples of the contract against the same
// texts.
func TestInvitationExamples(t *testing.T) {
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	content := document.Paths.Value("/rooms/{id}/invitation/").Get.Responses.Value("200").Value.Content
	is.Equal(content["text/plain"].Example, golden(t, "en.txt"))
	is.Equal(content["text/html"].Example, golden(t, "en.html"))
	is.Equal(content["text/calendar"].Examples["event"].Value.Value, golden(t, "en.event.ics"))
	is.Equal(content["text/calendar"].Examples["properties"].Value.Value, golden(t, "en.ics"))
	var want any
	is.NoErr(json.Unmarshal([]byte(golden(t, "en.json")), &want))
	is.Equal(content["application/json"].Schema.Value.Example, want)
}

func TestInvitationWithoutTelephony(t *testing.T) {
	is := is.New(t)
	g := newGuest(t, func(c *server.Config) {
		c.Telephony, c.AllowPublic, c.DefaultAccessLevel = server.Telephony{}, true, rooms.Public
	})
	is.Equal(g.invitation().body, // nor a word of waiting: the room is public
		"(aae-erez-aaz:\nBudget\n\nJoin the video meeting:\nhttps://meet.example.org/aae-erez-aaz\n:aae-erez-aaz)\n")
	is.Equal(g.invitation("Accept: text/html").body, `(aae-erez-aaz:<br>
<div lang="en">
<p><strong><bdi>Budget</bdi></strong></p>
<p>Join the video meeting: <a href="https://meet.example.org/aae-erez-aaz">https://meet.example.org/aae-erez-aaz</a></p>
</div>
:aae-erez-aaz)
`)
	calendar := g.invitation("Accept: text/calendar").body
	is.Equal(strings.Count(calendar, "CONFERENCE;"), 1)
	is.True(!strings.Contains(calendar, "tel:"))
	is.Equal(g.invitation("Accept: application/json").json(t), object{
		"conferenceId":       exampleID,
		"conferenceSolution": object{"key": object{"type": "addOn"}, "name": "Video meeting"},
		"entryPoints": []any{object{"entryPointType": "video", "uri": "https://meet.example.org/aae-erez-aaz",
			"label": "meet.example.org/aae-erez-aaz"}},
	})
}

func TestInvitationTelephones(t *testing.T) {
	tests := map[string]struct{ number, country, pin, text string }{
		"France": {"+33901020304", "FR", "012345", "+33 9 01 02 03 04 (France)\nCode PIN\u00a0: 012 345 #"},
		"the United Kingdom": {"+442079460123", "GB", "0123456",
			"+44 20 7946 0123 (Royaume-Uni)\nCode PIN\u00a0: 012 3456 #"},
		"the United States": {"+14155550123", "US", "01234567", "+1 415-555-0123 (États-Unis)\nCode PIN\u00a0: 0123 4567 #"},
		"Canada":            {"+15145550123", "CA", "012345678", "+1 514-555-0123 (Canada)\nCode PIN\u00a0: 012 345 678 #"},
		"Germany": {"+4930901820", "DE", "01234567890",
			"+49 30 901820 (Allemagne)\nCode PIN\u00a0: 012 3456 7890 #"},
		"an unknown plan": {"+99999999999", "XX", "012345678901", "+99999999999 (XX)\nCode PIN\u00a0: 012 345 678 901 #"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			g := newGuest(t,
				func(c *server.Config) { c.Telephony = server.Telephony{Number: test.number, Country: test.country} })
			g.set("pin", test.pin)
			text := g.invitation("Accept-Language: fr").body
			is.True(strings.Contains(text, "\n"+test.text+"\n")) // laid out as at home, for readers of another language
			is.True(strings.Contains(g.invitation("Accept: application/json").body, `"tel:`+test.number+",,"+test.pin+`%23"`))
		})
	}
}

func TestInvitationToANamedDanger(t *testing.T) {
	g := newGuest(t)
	names := map[string]string{
		"a script":                 `<script>alert(1)</script>`,
		"a closing tag":            `</bdi></strong></p></div><img src=x onerror=alert(1)>`,
		"quotes":                   `"'><a href="javascript:alert(1)">`,
		"entities":                 `&lt;b&gt; &amp; &#43;`,
		"a comment":                `<!-- --> <![CDATA[ ]]>`,
		"a template":               `{{.URL}} {{define "x"}} %s %d`,
		"marks of direction":       "\u202egnp.exe \u2066abc\u200f",
		"emoji":                    strings.Repeat("👩‍👩‍👧‍👦é", 40),
		"long":                     strings.Repeat("é", 500),
		"escapes of text":          `a\nb\;c\,d;e,f:g"h^n^'i\`,
		"a property":               "x\r\nATTENDEE:mailto:eve@example.org\r\nEND:VEVENT",
		"a carriage return":        "x\rURL:https://evil.example",
		"a lonely line break":      "x\nURL:https://evil.example",
		"a line break of Python's": "x\u2028URL:https://evil.example\u2029URL:\u0085URL:\vURL:\fURL:\x1cURL:\x1eURL:y",
		"control characters":       "x\x01\x07\x1b\x7f\u009fy",
		"French":                   "Réunion « budget » : l’été",
	}
	for title, name := range names {
		t.Run(title, func(t *testing.T) {
			is := is.New(t)
			g.set("name", name)
			is.True(strings.HasPrefix(g.invitation().body, "(aae-erez-aaz:\n"+name+"\n\n")) // on lines of its own, as it is
			checkHTML(t, g.invitation("Accept: text/html").body, name)
			checkCalendar(t, g.invitation("Accept: text/calendar").body, name)
			checkCalendar(t, g.invitationTo("start=2026-12-01&end=2026-12-02").body, name)
			is.True(!strings.Contains(g.invitation("Accept: application/json").body, `evil`)) // has no name in it
		})
	}
}

func TestInvitationThatExpires(t *testing.T) {
	is := is.New(t)
	g := newGuest(t)
	is.Equal(g.call("PATCH", "/rooms/"+g.id, `{"expires_at":"2099-02-01T10:30:00+02:00"}`, g.token).StatusCode, 200)
	for _, media := range []string{"text/plain", "text/html", "application/json"} {
		is.True(strings.Contains(g.invitation("Accept: "+media).body, "The link works until 1 February 2099, 08:30 UTC"))
		is.True(strings.Contains(g.invitation("Accept: "+media, "Accept-Language: fr").body,
			"Le lien est valable jusqu’au 01/02/2099 à 08:30 UTC"))
	}
}

func TestInvitationRefused(t *testing.T) {
	is := is.New(t)
	g := newGuest(t)
	path := "/rooms/" + g.id + "/invitation/"
	r := g.invitation("Accept: image/png")
	is.True(strings.Contains(problem(t, r, 406, "not_acceptable")["detail"].(string), // says what there is
		"text/plain, text/html, text/calendar, application/json"))
	is.Equal(g.invitation("Accept: ;;;\"", "Accept-Language: @@@").StatusCode, // what cannot be read was not said
		200)
	missing := "/rooms/" + exampleID + "/invitation/"
	problem(t, g.call("GET", missing, "", g.token), 404, "not_found")
	problem(t, g.send("GET", missing, "", g.token, "Accept: image/png"), 406, // the input before the object
		"not_acceptable")
	problem(t, g.call("GET", path, "", g.api.token("bob@example.com")), 404, // another user's
		"not_found")
	problem(t, g.call("GET", path, "", g.api.token("alice@example.com rooms:list")), 403, // reading takes its scope
		"insufficient_scope")
	problem(t, g.call("GET", path, "", ""), 401, "missing_token")
	problem(t, g.call("GET", path+"?access_token=x", "", ""), 400, "invalid_request")
	problem(t, g.call("POST", path, "{}", g.token), 405, "method_not_allowed")
	is.Equal(g.call("DELETE", "/rooms/"+g.id+"/", "", g.token).StatusCode, 204)
	problem(t, g.call("GET", path, "", g.token), 404, "not_found") // a deleted room invites no one
}
