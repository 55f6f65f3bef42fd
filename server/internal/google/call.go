package google

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/google/selection"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// call is a request on its way through a method.
type call struct {
	caller   rooms.Caller
	params   map[string]string // of the path
	query    message.Parameters
	body     map[string]any
	selected selection.Selection
}

// newCall reads a request. It returns every fault of its query.
func newCall(r *http.Request, m Method, caller rooms.Caller, body wire.Body) (*call, error) {
	var faults rooms.Faults
	c := &call{caller: caller, params: m.params, query: message.ReadParameters(r.URL.RawQuery, &faults)}
	if alt, _, _ := strings.Cut(c.query["alt"], ";"); alt != "" && alt != "json" {
		faults.Add("alt", rooms.CodeInvalidChoice, "Answers are in JSON.")
	}
	var ok bool
	if c.selected, ok = selection.Parse(c.query["fields"]); !ok {
		faults.Add("fields", rooms.CodeInvalidCharacters, "This is no selection of fields.")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	var err error
	c.body, err = body.Object()
	return c, err
}

// reply returns the answer with a value, or what is selected of it.
func (c *call) reply(value any) (wire.Reply, error) {
	text, err := c.selected.Of(wire.Encode(value))
	if err != nil {
		return wire.Reply{}, err
	}
	if c.query["prettyPrint"] == "true" {
		var indented bytes.Buffer
		if err := json.Indent(&indented, text, "", "  "); err != nil {
			return wire.Reply{}, err
		}
		text = indented.Bytes()
	}
	return wire.Text(http.StatusOK, wire.MediaJSON+"; charset=UTF-8", text), nil
}

// nothing is the answer of a method that has none.
type nothing struct{}
