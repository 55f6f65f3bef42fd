package server_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// replacedSeams are the fields with what a host puts beside the API.
func replacedSeams() map[string]replacement {
	return map[string]replacement{
		"Invitations": set(func(c *server.Config) { c.Invitations.Languages = []string{"fr"} }, func(a *api) bool {
			token := a.token("alice@example.com")
			path, _ := a.roomWith("", token)
			return strings.Contains(a.send("GET", path+"invitation/", "", token).body, "Rejoindre")
		}),
		"Authenticators": set(func(c *server.Config) {
			c.Authenticators = []server.Authenticator{{Scheme: "ApiKey", Authenticate: noKey}}
		}, func(a *api) bool {
			return strings.Contains(a.send("GET", "/rooms/", "").Header.Get("WWW-Authenticate"), "ApiKey")
		}),
		"CORSOrigins": set(func(c *server.Config) { c.CORSOrigins = []string{"https://app.example.org"} }, func(a *api) bool {
			r := a.send("GET", "/rooms/", "", "Origin: https://app.example.org")
			return r.Header.Get("Access-Control-Allow-Origin") == "https://app.example.org"
		}),
	}
}

// TestLinksOfHosts sends the links of a host's, and finds rooms by them.
func TestLinksOfHosts(t *testing.T) {
	for template, foreign := range map[string]string{
		"https://app.example.org/join?room={slug}":  "https://app.example.org/join?name=",
		"https://app.example.org/r/{id}/join":       "https://app.example.org/r/",
		"https://app.example.org/#/meetings/{slug}": "https://app.example.org/",
	} {
		t.Run(template, func(t *testing.T) {
			is := is.New(t)
			a := onSQLite(t, func(c *server.Config) { c.RoomURL = template })
			token := a.token("alice@example.com")
			room := a.create("", token)
			named := strings.NewReplacer("{slug}", room["slug"].(string), "{id}", room["id"].(string)).Replace(template)
			is.Equal(room["url"], named)
			look := func(link, token string) reply {
				return a.call("POST", "/rooms/lookup/", `{"url":"`+link+`"}`, token)
			}
			is.Equal(look(named, token).json(t)["id"], room["id"])
			problem(t, look(named, a.token("bob@example.com")), 404, "not_found") // whose link it is does not matter
			problem(t, look(foreign+room["slug"].(string), token), 404, "not_found")
			problem(t, look(strings.Replace(named, "app.", "evil.", 1), token), 404, "not_found")
			r := a.send("GET", "/rooms/"+room["id"].(string)+"/invitation/?start=2026-12-01&end=2026-12-02", "", token)
			event := strings.ReplaceAll(r.body, "\r\n ", "")
			is.True(strings.Contains(event, "\r\nURL:"+named+"\r\n")) // invitations have it too
		})
	}
}

// german is the words of a language that is not ours.
const german = `{"meeting":"Videokonferenz","video":"Zur Konferenz:","phone":"Per Telefon:","pin":"PIN:",` +
	`"dial":"\"Telefon\": {number}, PIN: {pin}","wait":"Vielleicht müssen Sie warten.","expires":"Gültig bis",` +
	`"moment":"02.01.2006 15:04 UTC"}`

func TestInvitationsOfHosts(t *testing.T) {
	is := is.New(t)
	g := newGuest(t, func(c *server.Config) {
		c.Invitations = server.Invitations{Languages: []string{"de", "en", "pt-BR"}, Templates: fstest.MapFS{
			"de.json":    {Data: []byte(german)},
			"de.html":    {Data: []byte(`<a href="{{.URL}}" title="{{.Name}}">{{.Name}}</a>`)},
			"pt-BR.json": {Data: []byte(strings.Replace(german, "Zur Konferenz:", "Para a reunião:", 1))},
			"README.md":  {Data: []byte("how to write them")},
		}}
	})
	g.set("name", `<b>"x"</b> :`+exampleSlug+`) y`)
	get := func(media, tongue, query string) reply {
		return g.invitationTo(query, "Accept: "+media, "Accept-Language: "+tongue)
	}
	r := get("text/plain", "fr, de-AT;q=0.5", "")
	is.Equal(r.Header.Get("Content-Language"), "de") // the host's languages are negotiated
	is.True(strings.HasPrefix(r.body, "("+exampleSlug+":\n") && strings.HasSuffix(r.body, "\n:"+exampleSlug+")\n"))
	is.True(strings.Contains(r.body, "Zur Konferenz:\nhttps://meet.example.org/")) // our layout, the host's words
	is.Equal(get("text/plain", "pt", "").Header.Get("Content-Language"), "pt-BR")
	is.Equal(get("text/plain", "en-GB", "").Header.Get("Content-Language"), "en") // ours beside them
	is.Equal(get("text/plain", "ja", "").Header.Get("Content-Language"), "de")    // the first is the default
	is.Equal(get("text/html", "de", "").body, "("+exampleSlug+`:<br>
<div lang="de">
<a href="https://meet.example.org/`+exampleSlug+`" title="&lt;b&gt;&#34;x&#34;&lt;/b&gt;   y">`+
		`&lt;b&gt;&#34;x&#34;&lt;/b&gt;   y</a>
</div>
:`+exampleSlug+")\n") // escaped, and between our marks, whatever the room's name is
	event := strings.ReplaceAll(get("text/calendar", "de", "start=2026-12-01&end=2026-12-02").body, "\r\n ", "")
	is.True(strings.Contains(event, `LANGUAGE=de;LABEL="^'Telefon^': +33`)) // RFC 6868
	is.True(strings.Contains(event, `LABEL="Videokonferenz":https://meet.example.org/`))
	is.Equal(get("application/json", "de", "").json(t)["conferenceSolution"].(object)["name"], "Videokonferenz")
}

// TestTextsOfHostsAreChecked gives New sets that would fail with some invitation.
func TestTextsOfHostsAreChecked(t *testing.T) {
	a := onSQLite(t)
	tests := map[string]struct {
		languages []string
		files     map[string]string
		field     string
		names     string // what an operator is told
	}{
		"no tag":           {[]string{"klingon"}, nil, "Languages", "klingon"},
		"a language twice": {[]string{"de", "DE"}, map[string]string{"de.json": german}, "Languages", "twice"},
		"no file":          {[]string{"en", "de"}, map[string]string{}, "Templates", "de.json: is missing"},
		"no language":      {nil, map[string]string{"de.json": german}, "Templates", "de.json"},
		"a missing word":   {[]string{"de"}, map[string]string{"de.json": `{"meeting":"x"}`}, "Templates", "lacks wait"},
		"an unknown word":  {nil, map[string]string{"en.json": `{"greeting":"x"}`}, "Templates", "greeting"},
		"no JSON":          {nil, map[string]string{"en.json": `x`}, "Templates", "en.json"},
		"a word of two lines": {[]string{"de"}, map[string]string{"de.json": strings.Replace(german, "Gültig", `\n`, 1)},
			"Templates", "expires"},
		"a number without place": {[]string{"de"}, map[string]string{"de.json": strings.Replace(german, "{number}", "", 1)},
			"Templates", "dial"},
		"a time without a year": {[]string{"de"}, map[string]string{"de.json": strings.Replace(german, "2006", "", 1)},
			"Templates", "moment"},
		"a broken template": {nil, map[string]string{"invitation.txt": "{{.Name"}, "Templates", "invitation.txt"},
		"a broken page":     {nil, map[string]string{"fr.html": "<a href='{{.Name}}"}, "Templates", "fr.html"},
		"an unknown field":  {nil, map[string]string{"invitation.txt": "{{.Title}}"}, "Templates", "Title"},
		"an unknown word in a branch": {nil, map[string]string{"en.html": "{{if .Waits}}{{.Words.Lobby}}{{end}}"},
			"Templates", "Lobby"},
		"a telephone for all":   {nil, map[string]string{"en.txt": "{{.DialIn.Number}}"}, "Templates", "en.txt"},
		"a text without end":    {nil, map[string]string{"en.txt": "{{range 40000}}x{{end}}"}, "Templates", "32 KiB"},
		"a text for some names": {nil, map[string]string{"en.txt": "{{range 20}}{{$.Name}}{{end}}"}, "Templates", "32 KiB"},
		"no text":               {nil, map[string]string{"en.txt": "\xff"}, "Templates", "UTF-8"},
		"a long text":           {nil, map[string]string{"en.txt": strings.Repeat("x", 70000)}, "Templates", "en.txt"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			config := a.plain
			config.Invitations.Languages = test.languages
			if test.files != nil {
				files := fstest.MapFS{}
				for file, text := range test.files {
					files[file] = &fstest.MapFile{Data: []byte(text)}
				}
				config.Invitations.Templates = files
			}
			s, err := server.New(t.Context(), config)
			is.True(err != nil && s == nil)
			is.Equal(wrongFields(err), []string{"Invitations." + test.field})
			is.True(strings.Contains(err.Error(), test.names)) // at the start, not with the first invitation
		})
	}
}
