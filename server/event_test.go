package server_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/matryer/is"
	"golang.org/x/net/html"
)

// checkHTML parses a fragment: the name is one text, and elements and attributes
// are those of the template.
func checkHTML(t *testing.T, fragment, name string) {
	t.Helper()
	is := is.New(t)
	var shape []string
	var text string
	tokens := html.NewTokenizer(strings.NewReader(fragment))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		switch kind {
		case html.TextToken:
			if len(shape) > 0 && shape[len(shape)-1] == "bdi" {
				text = token.Data
			}
		case html.StartTagToken:
			shape = append(shape, token.Data)
			for _, attribute := range token.Attr {
				shape = append(shape, attribute.Key)
			}
		default:
			shape = append(shape, "/"+token.Data)
		}
	}
	is.Equal(text, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(name)) // a parser reads the name that was given
	is.Equal(strings.Join(shape, " "),
		"br div lang p strong bdi /bdi /strong /p p a href /a /p p a href /a br /p p /p /div")
}

// checkCalendar reads an iCalendar object: its lines are as short as they have
// to be, and the name is one value.
func checkCalendar(t *testing.T, object, name string) {
	t.Helper()
	is := is.New(t)
	is.True(strings.HasSuffix(object, "END:VCALENDAR\r\n"))
	for line := range strings.SplitSeq(object, "\r\n") {
		is.True(len(line) <= 75)                                  // RFC 5545 §3.1
		is.True(utf8.ValidString(line))                           // no character is torn
		is.True(!strings.ContainsFunc(line, unicode.IsControl))   // every line ends in CRLF
		is.True(!strings.ContainsAny(line, "\u0085\u2028\u2029")) // and in nothing that Python takes for a line's end
	}
	var names []string
	values := properties(object)
	for _, property := range values {
		names = append(names, property.name)
		switch property.name {
		case "SUMMARY":
			is.Equal(property.text(), strings.TrimSpace(plainLines(name, " "))) // one line: calcurse takes no other
		case "DESCRIPTION":
			is.True(strings.HasPrefix(property.text(), "(aae-erez-aaz:\n"+plainLines(name, "\n")+"\n\nJoin the video"))
			is.True(strings.HasSuffix(property.text(), "\n:aae-erez-aaz)"))
		}
	}
	head, times := "METHOD BEGIN UID DTSTAMP", ""
	if strings.Contains(object, "DTSTART") {
		head, times = "BEGIN UID DTSTAMP", "DTSTART DTEND "
	}
	is.Equal(strings.Join(names, " "), "BEGIN VERSION PRODID "+head+" "+times+
		"SEQUENCE LAST-MODIFIED SUMMARY LOCATION DESCRIPTION URL CONFERENCE CONFERENCE END END")
}

// plainLines returns a text without control characters and with one kind of line
// end.
func plainLines(text, end string) string {
	text = strings.NewReplacer("\r\n", end, "\n", end, "\r", end, "\v", end, "\f", end,
		"\x1c", end, "\x1d", end, "\x1e", end,
		"\u0085", end, "\u2028", end, "\u2029", end).Replace(text)
	return strings.NewReplacer("\x01", "", "\x07", "", "\x1b", "", "\x7f", "", "\u009f", "").Replace(text)
}

// property is a property of an iCalendar object.
type property struct{ name, parameters, value string }

// text returns a value of type TEXT.
func (p property) text() string {
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(p.value)
}

// properties returns the properties of an iCalendar object, in order.
func properties(object string) (all []property) {
	for line := range strings.Lines(strings.ReplaceAll(object, "\r\n ", "")) {
		end := strings.IndexAny(line, ":;")
		p := property{name: line[:end]}
		quoted := false
		colon := strings.IndexFunc(line, func(r rune) bool {
			quoted = quoted != (r == '"')
			return r == ':' && !quoted
		})
		p.parameters, p.value = line[end:colon], strings.TrimRight(line[colon+1:], "\r\n")
		all = append(all, p)
	}
	return all
}

// valuesOf returns the values of an iCalendar object by name, with parameters if
// there are any.
func valuesOf(object string) map[string]string {
	all := map[string]string{}
	for _, p := range properties(object) {
		all[p.name] = strings.TrimPrefix(p.parameters+":"+p.value, ":")
	}
	return all
}

func TestEvents(t *testing.T) {
	g := newGuest(t)
	for name, test := range map[string]struct{ query, start, end, uid string }{
		"times in UTC": {"start=2026-12-01T09:00:00Z&end=2026-12-01T09:45:00Z",
			"20261201T090000Z", "20261201T094500Z", "-20261201T090000Z"},
		"times of a zone": {"start=2026-12-01T10:00:00%2B01:00&end=2026-12-01T04:45:00-05:00",
			"20261201T090000Z", "20261201T094500Z", "-20261201T090000Z"},
		"an offset whose plus sign was not encoded": {"start=2026-12-01T10:00:00+01:00&end=2026-12-01T10:45:00.5+01:00",
			"20261201T090000Z", "20261201T094500Z", "-20261201T090000Z"},
		"times as JavaScript writes them": {"start=2026-12-01T09:00:00.000Z&end=2026-12-01T09:45:00.999Z",
			"20261201T090000Z", "20261201T094500Z", "-20261201T090000Z"},
		"another day in UTC": {"start=2027-01-01T00:30:00%2B14:00&end=2027-01-01T01:00:00%2B14:00",
			"20261231T103000Z", "20261231T110000Z", "-20261231T103000Z"},
		"one day": {"start=2026-12-01&end=2026-12-02",
			";VALUE=DATE:20261201", ";VALUE=DATE:20261202", "-20261201"},
		"the first year": {"start=0001-01-02&end=0001-12-31",
			";VALUE=DATE:00010102", ";VALUE=DATE:00011231", "-00010102"},
		"the last year": {"start=9998-12-31&end=9999-12-31",
			";VALUE=DATE:99981231", ";VALUE=DATE:99991231", "-99981231"},
		"366 days": {"start=2028-01-01&end=2029-01-01",
			";VALUE=DATE:20280101", ";VALUE=DATE:20290101", "-20280101"},
		"what is not known": {"start=2026-12-01&end=2026-12-02&time_zone=x&utm_source=mail&start_time=y",
			";VALUE=DATE:20261201", ";VALUE=DATE:20261202", "-20261201"},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			r := g.invitationTo(test.query) // who names times wants a calendar
			is.Equal(r.StatusCode, 200)
			is.Equal(r.Header.Get("Content-Type"), "text/calendar; charset=utf-8")
			values := valuesOf(r.body)
			is.Equal(values["DTSTART"], test.start)
			is.Equal(values["DTEND"], test.end)
			is.Equal(values["UID"], exampleID+test.uid) // the same for a room and a start
			_, method := values["METHOD"]
			is.True(!method) // with one there would have to be an ORGANIZER
		})
	}
}

func TestEventsInOtherForms(t *testing.T) {
	is := is.New(t)
	g := newGuest(t)
	const query = "start=2026-12-01&end=2026-12-02&summary=x"
	for _, media := range []string{"text/plain", "text/html", "application/json"} {
		is.Equal(g.invitationTo(query, "Accept: "+media).body, g.invitation("Accept: "+media).body) // they have no times
	}
	is.Equal(g.invitationTo(query, "Accept: */*").media(), "text/calendar")
	is.Equal(g.invitationTo("summary=x").media(), "text/plain") // without times as ever
	is.Equal(valuesOf(g.invitationTo("summary=x", "Accept: text/calendar").body)["SUMMARY"], "x")
}

// TestEventsOfVersions: who imports an event once more after the room changed gets
// the same event in a later version.
func TestEventsOfVersions(t *testing.T) {
	is := is.New(t)
	g := newGuest(t)
	const query = "start=2026-12-01T09:00:00Z&end=2026-12-01T09:45:00Z"
	first := valuesOf(g.invitationTo(query).body)
	is.Equal(first["SEQUENCE"], "0")
	is.Equal(g.call("PATCH", "/rooms/"+g.id, `{"name":"Budget 2027"}`, g.token).StatusCode, 200)
	g.set("updated_at", "2026-11-24 11:12:13.5+00:00")
	r := g.send("GET", "/rooms/"+g.id+"/invitation/?"+query, "", g.token)
	second := valuesOf(r.body)
	is.Equal(strings.Replace(second["UID"], g.id, exampleID, 1), first["UID"])
	is.Equal(second["SEQUENCE"], "1")
	is.Equal(second["LAST-MODIFIED"], "20261124T111213Z")
	is.Equal(second["SUMMARY"], "Budget 2027")
	later := valuesOf(g.invitationTo("start=2026-12-02T09:00:00Z&end=2026-12-02T09:45:00Z").body)
	is.True(later["UID"] != first["UID"]) // a room in which people meet twice
}

func TestSummaries(t *testing.T) {
	g := newGuest(t)
	for name, test := range map[string]struct{ summary, want string }{
		"a title":         {"Réunion; « budget », \\n", `Réunion\; « budget »\, \\n`},
		"none":            {"", "Budget"},
		"nothing to see":  {"\u200b\u2060 \u00ad\u0301", "Budget"},
		"white space":     {" \t\n ", "Budget"},
		"space around it": {" x\n", "x"},
		"lines":           {"a\r\nATTENDEE:mailto:a@b.example\nb\u2028c\u0085d", "a ATTENDEE:mailto:a@b.example b c d"},
		"500 characters":  {strings.Repeat("é", 500), strings.Repeat("é", 500)},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			query := url.Values{"start": {"2026-12-01"}, "end": {"2026-12-02"}, "summary": {test.summary}}.Encode()
			is.Equal(valuesOf(g.invitationTo(query).body)["SUMMARY"], test.want)
		})
	}
}

func TestEventsRefused(t *testing.T) {
	g := newGuest(t)
	for query, fault := range map[string]string{
		"start=2026-12-01T09:00:00Z":                                 "end required",
		"end=2026-12-01T09:00:00Z":                                   "start required",
		"start=&end=":                                                "end invalid_time, start invalid_time",
		"start=2026-12-01T09:00:00&end=2026-12-01T10:00:00":          "end invalid_time, start invalid_time", // where?
		"start=tomorrow&end=2026-12-01T10:00:00Z":                    "start invalid_time",
		"start=2026-02-30&end=2026-03-02":                            "start invalid_time",
		"start=20261201T090000Z&end=20261201T100000Z":                "end invalid_time, start invalid_time",
		"start=1796115600&end=1796119200":                            "end invalid_time, start invalid_time",
		"start=2026-12-01T09:00:00Z&end=2026-12-01T09:00:00Z":        "end invalid_time",
		"start=2026-12-01T09:00:00Z&end=2026-12-01T09:59:59%2B01:00": "end invalid_time",
		"start=2026-12-01T09:00:00.1Z&end=2026-12-01T09:00:00.9Z":    "end invalid_time", // calendars have whole seconds
		"start=2026-12-01&end=2027-12-03":                            "end too_long",
		"start=2026-12-01T09:00:00Z&end=2027-12-02T09:00:01Z":        "end too_long",
		"start=2026-12-01&end=2026-12-01":                            "end invalid_time",
		"start=2026-12-01&end=2026-12-01T10:00:00Z":                  "end invalid_time",
		"start=2026-12-01T10:00:00Z&end=2026-12-02":                  "end invalid_time",
		"start=9999-12-31T23:00:00Z&end=9999-12-31T23:30:00-01:00":   "end invalid_time",
		"start=0001-01-01T00:30:00%2B01:00&end=2026-12-02T10:00:00Z": "start invalid_time",
		"start=2026-12-01&start=2026-12-01&end=2026-12-02":           "start duplicate",
		"start=2026-12-01&end=x&summary=%01":                         "end invalid_time, summary invalid_characters",
		"summary=%ff":                                                "summary invalid_characters",
		"summary=" + strings.Repeat("x", 501):                        "summary too_long",
	} {
		t.Run(query[:min(len(query), 60)], func(t *testing.T) {
			is := is.New(t)
			for _, accept := range []string{"text/calendar", "text/plain"} {
				var seen []string
				for _, one := range problem(t, g.invitationTo(query, "Accept: "+accept), 400, "invalid_input")["errors"].([]any) {
					seen = append(seen, one.(object)["field"].(string)+" "+one.(object)["code"].(string))
				}
				is.Equal(strings.Join(seen, ", "), fault) // like the faults of every query
			}
		})
	}
	problem(t, g.invitationTo("start=%zz"), 400, "invalid_request")
	path := "/rooms/" + exampleID + "/invitation/?start=x"
	problem(t, g.call("GET", path, "", g.token), 400, "invalid_input") // the input before the object
	problem(t, g.call("GET", path, "", ""), 401, "missing_token")      // and after who asks
}

// replaced is the code of README: it returns a description with an invitation in
// the place of the old one to the same room.
func replaced(description, slug, invitation string) string {
	before, rest, found := strings.Cut(description, "("+slug+":")
	_, after, closed := strings.Cut(rest, ":"+slug+")")
	if found && closed {
		return before + strings.TrimSpace(invitation) + after
	}
	return description + "\n" + invitation
}

func TestInvitationsAreReplaced(t *testing.T) {
	g := newGuest(t)
	other := newGuest(t)
	other.set("slug", "zzz-zzzz-zzz")
	for _, media := range []string{"text/plain", "text/html"} {
		t.Run(media, func(t *testing.T) {
			is := is.New(t)
			foreign := other.invitation("Accept: " + media).body
			old := g.invitation("Accept: "+media, "Accept-Language: fr").body
			description := "Agenda :zzz-zzzz-zzz\n" + foreign + "\n" + old + "Minutes [aae-erez-aaz]\n"
			g.set("pin", "9876543210")
			fresh := g.invitation("Accept: " + media).body
			is.True(fresh != old)
			want := strings.Replace(description, old, fresh, 1)
			is.Equal(replaced(description, exampleSlug, fresh), want) // in another language and with another PIN
			is.Equal(replaced(want, exampleSlug, fresh), want)        // once more changes nothing
			is.Equal(replaced("Agenda", exampleSlug, fresh), "Agenda\n"+fresh)
		})
	}
	is := is.New(t)
	g.set("name", "a :aae-erez-aaz) b (aae-erez-aaz: c :aae-:aae-erez-aaz)erez-aaz)")
	for _, media := range []string{"text/plain", "text/html", "text/calendar"} {
		text := strings.ReplaceAll(g.invitation("Accept: "+media).body, "\r\n ", "")
		is.Equal(strings.Count(text, "(aae-erez-aaz:"), 1) // a name does not end the invitation
		is.Equal(strings.Count(text, ":aae-erez-aaz)"), 1)
	}
}
