package view

import (
	"net/url"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// ReadLink reads the join link of a room.
func ReadLink(body wire.Body) (*url.URL, error) {
	object, err := body.Object()
	if err != nil {
		return nil, err
	}
	var faults rooms.Faults
	for name := range object {
		if name != "url" {
			faults.AddKey("", name, rooms.CodeUnknownField, "This field is not known.")
		}
	}
	text, isText := object["url"].(string)
	link, err := url.Parse(text)
	switch {
	case object["url"] == nil:
		faults.Add("url", rooms.CodeRequired, "This field is required.")
	case !isText:
		faults.Add("url", rooms.CodeInvalidType, "This value has the wrong type.")
	case err != nil || link.Host == "":
		faults.Add("url", rooms.CodeInvalidURL, "A link such as https://meet.example.org/aae-erez-aaz is expected.")
	}
	return link, faults.Err()
}

// SlugOf returns the slug in a join link, with whatever follows the path. It
// returns an empty one for links that are not ours.
func (v Rooms) SlugOf(link *url.URL) string {
	base, err := url.Parse(v.roomURL)
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
