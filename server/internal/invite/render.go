package invite

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"time"
)

// maxText is how long a text or an HTML may be, in bytes.
const maxText = 32 << 10

// errTooLong means that a template writes more than maxText.
var errTooLong = errors.New("more than 32 KiB are written")

// bounded is a text of at most maxText bytes.
type bounded struct{ text bytes.Buffer }

// Write returns an error instead of a longer text, which ends the template.
func (b *bounded) Write(p []byte) (int, error) {
	if b.text.Len()+len(p) > maxText {
		return 0, errTooLong
	}
	return b.text.Write(p)
}

// executed is a template of either package.
type executed interface{ Execute(io.Writer, any) error }

// render returns what a template writes, without the marks of the invitation.
func render(t executed, i invitation) (string, error) {
	var body bounded
	if err := t.Execute(&body, i); err != nil {
		return "", err
	}
	text := withoutMarks(body.text.String(), i.First, i.Last)
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text, nil
}

// text returns an invitation as text, between its marks.
func (i invitation) text(t tongue) ([]byte, error) {
	body, err := render(t.text, i)
	return []byte(i.First + "\n" + body + i.Last + "\n"), err
}

// html returns an invitation as HTML, between its marks.
func (i invitation) html(t tongue) ([]byte, error) {
	body, err := render(t.html, i)
	return []byte(i.First + "<br>\n<div lang=\"" + t.tag.String() + "\">\n" + body + "</div>\n" + i.Last + "\n"), err
}

// try writes invitations to rooms of every kind.
func (t tongue) try(written executed) error {
	for _, name := range []string{"Budget", strings.Repeat("\U0001f469", 500), strings.Repeat(`"`, 500)} {
		for kind := range 8 {
			room := Room{ID: "0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e", Slug: "aae-erez-aaz", Name: name,
				URL: "https://meet.example.org/aae-erez-aaz", Version: 1, Waits: kind&1 > 0}
			if kind&2 > 0 {
				room.Phone = Phone{Number: "+33901020304", Country: "FR", PIN: "012345678901"}
			}
			if kind&4 > 0 {
				room.Expires = time.Date(2038, 12, 31, 23, 59, 0, 0, time.UTC)
			}
			if _, err := render(written, newInvitation(room, t)); err != nil {
				return err
			}
		}
	}
	return nil
}
