package places

import (
	"errors"
	"net/url"
	"strings"
)

// What a template of join links has in the place of a room.
const (
	slugMark = "{slug}"
	idMark   = "{id}"
)

// standIn stands for the mark in a URL that is parsed: nothing escapes it.
const standIn = "0the-room0"

// Named is what a join link tells of a room: its slug or its id. The zero value
// means that the link is none of ours.
type Named struct{ Slug, ID string }

// JoinLinks are the links by which people join rooms. Make them with [NewJoinLinks].
type JoinLinks struct {
	// Template is the link with a mark in the place of the room.
	Template string
	mark     string   // slugMark or idMark
	link     *url.URL // the template, with standIn for the mark
}

// NewJoinLinks returns links below a base URL, as [PublicURL] takes it, or by a
// template: an absolute http or https URL with {slug} or {id}, once, in its path, its
// query or its fragment. An error continues a sentence that begins with the name of
// the setting.
func NewJoinLinks(text string) (JoinLinks, error) {
	if !strings.ContainsAny(text, "{}") {
		base, err := PublicURL(text)
		if err != nil {
			return JoinLinks{}, err
		}
		text = base + "/" + slugMark
	}
	l := JoinLinks{Template: text, mark: slugMark}
	if strings.Contains(text, idMark) {
		l.mark = idMark
	}
	if rest := strings.Replace(text, l.mark, "", 1); strings.ContainsAny(rest, "{}") {
		return JoinLinks{}, errors.New("must have {slug} or {id} once, and no other braces")
	}
	if strings.ContainsFunc(text, notInURL) {
		return JoinLinks{}, errors.New("has characters that would have to be escaped")
	}
	link, err := url.Parse(strings.Replace(text, l.mark, standIn, 1))
	if err != nil || link.Scheme != "http" && link.Scheme != "https" || link.Hostname() == "" || link.User != nil ||
		strings.Contains(link.Host, standIn) {
		return JoinLinks{}, errors.New("must be an absolute http or https URL without user, " +
			"and with {slug} or {id} behind the host if it is a template")
	}
	l.link = link
	for _, named := range []Named{{"aae-erez-aaz", "1"}, {"team standup/é?&#%+", "a b/c"}} {
		if again, err := url.Parse(l.To(named)); err != nil || l.Read(again) != l.only(named) {
			return JoinLinks{}, errors.New("must have {slug} or {id} where a link can be read again: " +
				"as a segment of the path, a value in the query, or in the fragment")
		}
	}
	return l, nil
}

// notInURL reports whether a character cannot stand in a URL (RFC 3986 §2); braces are
// looked at apart.
func notInURL(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`|", r) }

// only returns what a link tells of a room.
func (l JoinLinks) only(named Named) Named {
	if l.mark == idMark {
		return Named{ID: named.ID}
	}
	return Named{Slug: named.Slug}
}

// To returns the link to a room.
func (l JoinLinks) To(room Named) string {
	value := room.Slug
	if l.mark == idMark {
		value = room.ID
	}
	if strings.Contains(l.link.RawQuery, standIn) {
		value = url.QueryEscape(value)
	} else {
		value = url.PathEscape(value)
	}
	return strings.Replace(l.Template, l.mark, value, 1)
}

// Read returns what a link tells of its room, whatever it has more than the template
// has. It returns the zero value for links that are not ours.
func (l JoinLinks) Read(link *url.URL) Named {
	if hostOf(link) != hostOf(l.link) || link.Scheme != "https" && link.Scheme != l.link.Scheme {
		return Named{}
	}
	value, found := l.value(link)
	switch {
	case !found || value == "":
		return Named{}
	case l.mark == idMark:
		return Named{ID: value}
	}
	return Named{Slug: value}
}

// value returns what stands in a link where the template has its mark.
func (l JoinLinks) value(link *url.URL) (string, bool) {
	path, ours := strings.TrimSuffix(link.EscapedPath(), "/"), strings.TrimSuffix(l.link.EscapedPath(), "/")
	if strings.Contains(ours, standIn) {
		segment, found := between(path, ours)
		value, err := url.PathUnescape(segment)
		return value, found && err == nil && !strings.Contains(segment, "/")
	}
	if path != ours {
		return "", false
	}
	for name, values := range l.link.Query() {
		if strings.Contains(values[0], standIn) {
			return between(link.Query().Get(name), values[0])
		}
	}
	return between(link.Fragment, l.link.Fragment)
}

// between returns what stands in a text in the place of the mark, if everything around
// it is as in the template.
func between(text, template string) (string, bool) {
	before, after, found := strings.Cut(template, standIn)
	text, begins := strings.CutPrefix(text, before)
	text, ends := strings.CutSuffix(text, after)
	return text, found && begins && ends
}

// hostOf returns the host of a link as it compares (RFC 3986 §6.2): in lower case,
// and without the port that its scheme has anyway.
func hostOf(link *url.URL) string {
	usual := map[string]string{"http": ":80", "https": ":443"}[link.Scheme]
	return strings.TrimSuffix(lower(link.Host), usual)
}

// lower returns a text with its ASCII letters in lower case. Letters that only
// look like them stay as they are.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, text)
}
