package demo

import (
	"fmt"
	"io"
)

// Introduce prints how to use the demo application to out, and a note to notes if it was
// disabled. database is shown as it is.
func (h *Handler) Introduce(out, notes io.Writer, database string) error {
	if !h.app.Active {
		fmt.Fprintf(notes, "anteroom: note: the demo application is disabled; anteroom app enable %s --database %s\n",
			h.app.ClientID, database)
	}
	links := productLinks
	if h.links != nil {
		links = ownPages
	}
	_, err := fmt.Fprintf(out, banner, h.config.URL, h.app.ClientID, string(h.secret), user, database,
		h.config.URL+h.config.BasePath, links)
	return err
}

// What is said of join links: that pages of ours answer them, or that a product does.
const (
	ownPages = `The link of a room (its url) opens a page that tells who would enter and who would wait.
To have your product open instead:  anteroom serve --dev --room-url https://meet.example.org`
	productLinks = `The links of rooms lead to your product, as --room-url names it.`
)

// banner needs the URL, client id, secret, user, database, API URL and what is said of join links.
const banner = `
Anteroom is running on %[1]s for trying out. Do not use --dev in production.

  client id      %[2]s
  client secret  %[3]s
  acts for       %[4]s, and every other user at example.com

Paste these into another terminal: get a token for alice, create a room, list her rooms.

TOKEN=$(curl -s %[6]s/application/token/ -d grant_type=client_credentials -d client_id=%[2]s -d client_secret=%[3]s ` +
	`-d scope=%[4]s | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s %[6]s/rooms/ -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"name":"My first room"}'
curl -s %[6]s/rooms/ -H "Authorization: Bearer $TOKEN"

Everything else it can do, to read and to try out in a browser:  %[6]s/docs/
%[7]s
Other commands work on the same database:  anteroom app list --database %[5]s
Stop with Ctrl-C.

`
