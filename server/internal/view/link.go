package view

import (
	"net/url"

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
