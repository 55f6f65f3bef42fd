package places_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/places"
)

func TestJoinLinks(t *testing.T) {
	room := places.Named{Slug: "aae-erez-aaz", ID: "42"}
	slug, id := places.Named{Slug: room.Slug}, places.Named{ID: room.ID}
	tests := map[string]struct {
		template, link string
		named          places.Named
		others         []string // links that name the room as well
		foreign        []string // links that name none
	}{
		"a base": {"https://meet.example.org", "https://meet.example.org/aae-erez-aaz", slug,
			[]string{"https://MEET.example.org:443/aae-erez-aaz/?x#y"},
			[]string{"http://meet.example.org/aae-erez-aaz", "https://meet.example.org/x/aae-erez-aaz",
				"https://meet.example.org/", "https://meet.example.org.evil.example/aae-erez-aaz"}},
		"a base with a path": {"http://localhost:8080/m/", "http://localhost:8080/m/aae-erez-aaz", slug,
			[]string{"http://localhost:8080/m/aae-erez-aaz?a=b"}, []string{"http://localhost/m/aae-erez-aaz"}},
		"a path": {"https://meet.example.org/r/{slug}/join", "https://meet.example.org/r/aae-erez-aaz/join", slug,
			[]string{"https://meet.example.org/r/aae-erez-aaz/join/?from=mail"},
			[]string{"https://meet.example.org/r/aae-erez-aaz", "https://meet.example.org/r/a/aae-erez-aaz/join",
				"https://meet.example.org/r//join"}},
		"a part of a segment": {"https://meet.example.org/room-{id}.html", "https://meet.example.org/room-42.html", id,
			nil, []string{"https://meet.example.org/room-42", "https://meet.example.org/42.html"}},
		"an escaped path": {"https://meet.example.org/caf%C3%A9/{slug}", "https://meet.example.org/caf%C3%A9/aae-erez-aaz",
			slug, []string{"https://meet.example.org/café/aae-erez-aaz"}, nil},
		"a query": {"https://meet.example.org/join?lang=en&room={slug}",
			"https://meet.example.org/join?lang=en&room=aae-erez-aaz", slug,
			[]string{"https://meet.example.org/join/?room=aae-erez-aaz&lang=fr#x"},
			[]string{"https://meet.example.org/join?rooms=aae-erez-aaz", "https://meet.example.org/?room=aae-erez-aaz"}},
		"a query without a path": {"https://meet.example.org?r={id}", "https://meet.example.org?r=42", id,
			[]string{"https://meet.example.org/?r=42"}, nil},
		"a fragment": {"https://meet.example.org/#/room/{slug}", "https://meet.example.org/#/room/aae-erez-aaz", slug,
			[]string{"https://meet.example.org/?x#/room/aae-erez-aaz"},
			[]string{"https://meet.example.org/#aae-erez-aaz", "https://meet.example.org/x#/room/aae-erez-aaz"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			links, err := places.NewJoinLinks(test.template)
			is.NoErr(err)
			is.Equal(links.To(room), test.link)
			for _, text := range append(test.others, test.link) {
				link, err := url.Parse(text)
				is.NoErr(err)
				is.Equal(links.Read(link), test.named) // what a link has more does not change its room
			}
			for _, text := range test.foreign {
				link, err := url.Parse(text)
				is.NoErr(err)
				is.Equal(links.Read(link), places.Named{}) // nothing is guessed
			}
		})
	}
}

func TestJoinLinksEscape(t *testing.T) {
	is := is.New(t)
	slug := "team standup/é?&#%+ü"
	for _, template := range []string{"https://m.example/{slug}", "https://m.example/?r={slug}&x=1",
		"https://m.example/#{slug}"} {
		links, err := places.NewJoinLinks(template)
		is.NoErr(err)
		link := links.To(places.Named{Slug: slug})
		is.True(!strings.ContainsAny(link, " éü")) // it is a URL, whatever a host has for slugs
		parsed, err := url.Parse(link)
		is.NoErr(err)
		is.Equal(links.Read(parsed), places.Named{Slug: slug}) // and is found again
	}
}

func TestTemplatesOfLinksAreRefused(t *testing.T) {
	is := is.New(t)
	for _, template := range []string{
		"", "meet", "/r/{slug}", "ftp://m.example/{slug}", "https:///{slug}", "https://u:p@m.example/{slug}",
		"https://{slug}.m.example/", "https://m.example/{slug}/{slug}", "https://m.example/{slug}?id={id}",
		"https://m.example/{name}", "https://m.example/{slug", "https://m.example/{}", "https://m.example/{{slug}}",
		"https://m.example/?{slug}=1", "https://m.example/?x=1#", "https://m.example?x=1",
		"https://m.example/a b/{slug}", "https://m.example/é/{slug}", "https://m.example/{slug}?\"",
		"https://m.example/{slug}\n",
	} {
		_, err := places.NewJoinLinks(template)
		is.True(err != nil) // a link that could not be read again is not sent
	}
}
