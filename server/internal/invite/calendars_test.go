package invite_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/matryer/is"
	"golang.org/x/text/language"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/internal/invite"
)

// now is when invitations are written.
var now = func() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

// budget returns a room with a telephone and an end.
func budget() invite.Room {
	return invite.Room{
		ID: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", Slug: "aae-erez-aaz", Name: "Budget",
		URL: "https://meet.example.org/aae-erez-aaz", Version: 1, Updated: now(),
		Phone: invite.Phone{Number: "+33901020304", Country: "FR", PIN: "0123456789"},
		Waits: true, Expires: now().AddDate(1, 0, 0),
	}
}

// morning is an event of 45 minutes, at ten o'clock in Paris.
func morning() invite.Event {
	start := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	return invite.Event{Start: start, End: start.Add(45 * time.Minute)}
}

// twoDays is an event that takes two days.
func twoDays() invite.Event {
	start := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	return invite.Event{Start: start, End: start.AddDate(0, 0, 2), AllDay: true}
}

// written returns the body of an invitation.
func written(t *testing.T, room invite.Room, event invite.Event, media string, tag language.Tag) string {
	t.Helper()
	is := is.New(t)
	texts, err := invite.ReadTexts(nil, nil)
	is.NoErr(err)
	reply, err := invite.NewWriter(now, texts).Reply(room, invite.Form{Event: event, Media: media, Language: tag})
	is.NoErr(err)
	return string(reply.Body)
}

// calendar is a calendar of the Debian distribution, with files and settings of its
// own: nothing depends on the machine's.
type calendar struct {
	*testing.T
	program, dir string
	zone         string // in which it shows times
}

// newCalendar returns an empty calendar.
func newCalendar(t *testing.T, program, zone string) calendar {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		dbtest.Missing(t, program, "apt-get install khal calcurse")
	}
	return calendar{T: t, program: program, dir: t.TempDir(), zone: zone}
}

// run runs the calendar's program and returns what it prints. It must not complain.
func (c calendar) run(arguments ...string) string {
	c.Helper()
	command := exec.Command(c.program, arguments...)
	command.Dir = c.dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TMPDIR=" + c.dir, "XDG_CONFIG_HOME=" + c.dir,
		"XDG_DATA_HOME=" + c.dir, "XDG_CACHE_HOME=" + c.dir, "LC_ALL=C.UTF-8", "TZ=" + c.zone, "TERM=xterm"}
	var stderr strings.Builder
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil || stderr.Len() > 0 {
		c.Fatalf("%s %q: %v: %s%s", c.program, arguments, err, output, &stderr)
	}
	return string(output)
}

// write writes a file of the calendar's and returns its path.
func (c calendar) write(name, text string) string {
	c.Helper()
	path := filepath.Join(c.dir, name)
	is.New(c.T).NoErr(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// khal returns an empty calendar of khal, which shows times in Paris.
func khal(t *testing.T) calendar {
	c := newCalendar(t, "khal", "Europe/Paris")
	c.write("config", `[calendars]
[[one]]
path = `+filepath.Join(c.dir, "one")+`
[locale]
local_timezone = Europe/Paris
default_timezone = Europe/Paris
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
`)
	is.New(t).NoErr(os.Mkdir(filepath.Join(c.dir, "one"), 0o700))
	return c
}

// khalImports imports iCalendar objects into khal and returns the events that it
// then has, each as it shows it.
func (c calendar) khalImports(objects ...string) []string {
	c.Helper()
	arguments := []string{"-c", "config", "import", "--batch"}
	for i, object := range objects {
		arguments = append(arguments, c.write(fmt.Sprintf("%d.ics", i), object))
	}
	c.run(arguments...)
	list := c.run("-c", "config", "list", "--once", "--day-format", "",
		"--format", "\x1f{start}|{end}|{title}|{location}|{url}|{uid}|{description}\x1e", "2026-11-01", "90d")
	var events []string
	for event := range strings.SplitSeq(list, "\x1f") {
		if text, _, found := strings.Cut(event, "\x1e"); found {
			events = append(events, text)
		}
	}
	return events
}

func TestKhalImports(t *testing.T) {
	is := is.New(t)
	c, room := khal(t), budget()
	const place = "|https://meet.example.org/aae-erez-aaz|https://meet.example.org/aae-erez-aaz|"
	calendarMedia := invite.Media(morning())[0]
	text := strings.TrimSpace(written(t, room, morning(), invite.Media(morning())[1], language.English))
	first := c.khalImports(written(t, room, morning(), calendarMedia, language.English))
	is.Equal(first, []string{"2026-12-01 10:00|2026-12-01 10:45|Budget" + place + room.ID + "-20261201T090000Z|" + text})

	longer := morning()
	longer.End, longer.Summary = longer.End.Add(time.Hour), "Réunion; « budget », l’été \\"
	room.Version++
	again := c.khalImports(written(t, room, longer, calendarMedia, language.English))
	is.Equal(again, []string{ // a second import updates the first
		"2026-12-01 10:00|2026-12-01 11:45|" + longer.Summary + place + room.ID + "-20261201T090000Z|" + text})

	french := written(t, room, twoDays(), calendarMedia, language.French)
	text = strings.TrimSpace(written(t, room, twoDays(), invite.Media(twoDays())[1], language.French))
	is.True(strings.Contains(text, "Rejoindre"))
	is.Equal(c.khalImports(french)[0], "2026-12-01|2026-12-02|Budget"+place+room.ID+"-20261201|"+text)
}

// calcurseImports imports an iCalendar object into an empty calendar of calcurse,
// which shows times in Tokyo, and returns the day of the event and the next.
func calcurseImports(t *testing.T, object string) string {
	t.Helper()
	c := newCalendar(t, "calcurse", "Asia/Tokyo")
	c.run("-D", "data", "-q", "-i", c.write("event.ics", object))
	return c.run("-D", "data", "-Q", "--input-datefmt", "4", "--output-datefmt", "%Y-%m-%d",
		"--from", "2026-12-01", "--days", "2", "--format-apt", "%S|%E|%m|%N\n",
		"--format-recur-event", "%m|%N\n") // one of several days is one that is repeated
}

func TestCalcurseImports(t *testing.T) {
	is := is.New(t)
	room, calendarMedia := budget(), invite.Media(morning())[0]
	note := func(tag language.Tag) string { // as calcurse shows what it keeps in a note: indented, and the place below
		text := written(t, room, invite.Event{}, invite.Media(invite.Event{})[0], tag)
		text += "-- \nLocation: " + room.URL
		return "\t" + strings.ReplaceAll(text, "\n", "\n\t") + "\n"
	}
	is.Equal(strings.TrimSpace(calcurseImports(t, written(t, room, morning(), calendarMedia, language.English))),
		strings.TrimSpace("2026-12-01:\n18:00|18:45|Budget|"+note(language.English)))
	room.Name = "Réunion; « budget », l’été\u2028URL:x\n"
	days := calcurseImports(t, written(t, room, twoDays(), calendarMedia, language.French))
	is.Equal(strings.Count(days, "Réunion; « budget », l’été URL:x|\t(aae-erez-aaz:\n"), 2) // on both days
}

// TestCalendarsImportEveryName imports events of rooms with names that would break
// an iCalendar object that is written carelessly. There is none with a backslash
// before a character that is escaped: khal's library takes the escapes away twice.
func TestCalendarsImportEveryName(t *testing.T) {
	is := is.New(t)
	names := []string{
		strings.Repeat("é", 500), strings.Repeat("👩‍👩‍👧‍👦", 60),
		strings.Repeat(" x", 200), strings.Repeat(`;,:"^'`, 80),
		"x\r\nEND:VEVENT\r\nATTENDEE:mailto:eve@example.org", "\u202egnp.exe", "x\u0085END:VEVENT\u2028END:VCALENDAR",
		`C:\Users \ x`, "DTSTART:20300101T000000Z", strings.Repeat("a", 66) + "日本語",
		"x" + strings.Repeat(" ", 300) + "y",
	}
	var objects []string
	for i, name := range names {
		room, event := budget(), morning()
		room.Name = name
		event.Start, event.End = event.Start.AddDate(0, 0, i), event.End.AddDate(0, 0, i)
		objects = append(objects, written(t, room, event, invite.Media(event)[0], language.English))
		calcurseImports(t, objects[i])
	}
	events := khal(t).khalImports(objects...)
	is.Equal(len(events), len(names)) // each is one event
	for i, name := range names {
		title := strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\u0085", " ", "\u2028", " ").Replace(name))
		is.Equal(strings.Split(events[i], "|")[2], title)
	}
}

// FuzzEvents writes events of rooms with any name and any summary: the object has
// its lines and no others.
func FuzzEvents(f *testing.F) {
	for _, name := range []string{
		"Budget", "a;b,c\\d\ne", "\r\nEND:VEVENT\r\n", "\u2028x\u0085\xff\x00", strings.Repeat("é", 80),
	} {
		f.Add(name, name)
	}
	want := strings.Fields("BEGIN VERSION PRODID BEGIN UID DTSTAMP DTSTART DTEND SEQUENCE LAST-MODIFIED SUMMARY " +
		"LOCATION DESCRIPTION URL CONFERENCE CONFERENCE END END")
	f.Fuzz(func(t *testing.T, name, summary string) {
		is := is.New(t)
		room, event := budget(), morning()
		room.Name, event.Summary = name, summary
		object := written(t, room, event, invite.Media(event)[0], language.English)
		is.True(utf8.ValidString(object))
		var names []string
		for line := range strings.SplitSeq(strings.TrimSuffix(object, "\r\n"), "\r\n") {
			is.True(len(line) <= 75)                                                    // RFC 5545 §3.1
			is.True(!strings.ContainsAny(strings.ReplaceAll(line, "\t", ""), controls)) // no other end of a line
			if !strings.HasPrefix(line, " ") {
				property, _, _ := strings.Cut(line, ":")
				property, _, _ = strings.Cut(property, ";")
				names = append(names, property)
			}
		}
		is.Equal(names, want)
	})
}

// controls are characters that end a line for some reader, and others that a text
// cannot have.
const controls = "\x00\x01\x07\b\n\v\f\r\x1b\x1c\x1d\x1e\x1f\x7f\u0085\u009f\u2028\u2029"
