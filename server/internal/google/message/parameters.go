package message

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/rooms"
)

// Parameters are those of a query, by their names in lower camel case without a dollar sign before them.
type Parameters map[string]string

// ReadParameters reads a query as the libraries write it: a semicolon is a character like any other. A
// parameter that comes more than once is one list. It adds a fault for what is not encoded as a query is.
func ReadParameters(query string, faults *rooms.Faults) Parameters {
	parameters := Parameters{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, first := url.QueryUnescape(name)
		value, second := url.QueryUnescape(value)
		if first != nil || second != nil {
			faults.Add("", rooms.CodeInvalidCharacters, "The query is malformed.")
			continue
		}
		name = Camel(strings.TrimPrefix(name, "$"))
		if before, there := parameters[name]; there {
			value = before + "," + value
		}
		parameters[name] = value
	}
	return parameters
}

// PageSize returns the parameter pageSize, at most the greatest, or the usual one without it. It adds a fault for
// a size that is none.
func (p Parameters) PageSize(usual, greatest int, faults *rooms.Faults) int {
	text := p["pageSize"]
	if text == "" || text == "0" {
		return usual
	}
	size, err := strconv.Atoi(text)
	if err != nil || size < 0 {
		faults.Add("pageSize", rooms.CodeInvalidNumber, "A page has a positive number of elements.")
		return usual
	}
	return min(size, greatest)
}

// PageToken returns the token of a page that goes on after the element with an id.
func PageToken(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(id)) }

// After returns the id after which the page begins, by the parameter pageToken; "" for the first page. It adds a
// fault for what [PageToken] does not write.
func (p Parameters) After(faults *rooms.Faults) string {
	id, err := base64.RawURLEncoding.DecodeString(p["pageToken"])
	if err != nil || !utf8.Valid(id) {
		faults.Add("pageToken", rooms.CodeInvalidCursor, "A list goes on at the token of the page before.")
	}
	return string(id)
}
