package places

import (
	"net/url"
	"strings"
)

// JoinLinks are the links by which people join rooms: a base URL, as [PublicURL]
// returns it, with the slug of a room below.
type JoinLinks string

// To returns the link to the room with a slug.
func (l JoinLinks) To(slug string) string { return string(l) + "/" + slug }

// Slug returns the slug in a link, whatever follows the path. It returns an empty
// one for links that are not ours.
func (l JoinLinks) Slug(link *url.URL) string {
	base, err := url.Parse(string(l))
	if err != nil || hostOf(link) != hostOf(base) || link.Scheme != "https" && link.Scheme != base.Scheme {
		return ""
	}
	slug, below := strings.CutPrefix(link.Path, base.Path+"/")
	if !below {
		return ""
	}
	return lower(strings.TrimSuffix(slug, "/"))
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
