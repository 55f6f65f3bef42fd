package oauth

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// forTokens returns the names of the parameters that mean something at the token
// endpoint, and aboutTokens those that do where clients ask about tokens.
func forTokens() []string { return append(credentialNames(), "grant_type", "scope", "assertion") }

func aboutTokens() []string { return append(credentialNames(), "token") }

func credentialNames() []string {
	return []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"}
}

// parameters are what a client sent under the names that mean something. Every other
// parameter is left out, whatever it holds (RFC 6749 §3.2), and nothing is judged
// before it is used.
type parameters map[string]parameter

// parameter is the value of a parameter, or what is wrong with it. Without either it
// was sent without a value, which is as if it was not sent (RFC 6749 §3.2).
type parameter struct {
	text string
	flaw flaw
}

// take returns the value of a parameter, or "". It returns its fault if there is one.
func (p parameters) take(name string) (string, error) {
	if flaw := p[name].flaw; flaw != "" {
		return "", flaw.of(name)
	}
	return p[name].text, nil
}

// demand returns the value of a parameter that must be there.
func (p parameters) demand(name string) (string, error) {
	text, err := p.take(name)
	if err == nil && text == "" {
		err = flawMissing.of(name)
	}
	return text, err
}

// add adds what was sent under a name. A name that differs in letter case from one
// that means something is not ignored: it would silently change what is asked for.
func (p parameters) add(names []string, name string, value parameter) {
	lower := strings.ToLower(name)
	if !slices.Contains(names, lower) || value == (parameter{}) {
		return
	}
	_, known := p[lower]
	switch {
	case name != lower:
		value = parameter{flaw: flawCase}
	case known:
		value = parameter{flaw: flawRepeated}
	}
	p[lower] = value
}

// plain returns the value of a text without white space at its ends, which comes from
// files and forms.
func plain(text string) parameter {
	switch text = trim(text); {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return parameter{flaw: flawCharacters}
	default:
		return parameter{text: text}
	}
}

// trim returns a text without white space and byte order marks at its ends.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' })
}

// readParameters reads a body: a form, or a JSON object.
func readParameters(body wire.Body, names []string) (parameters, error) {
	if body.Media == wire.MediaJSON {
		return readObject(body.Text, names)
	}
	if bytes.HasPrefix(bytes.TrimSpace(body.Text), []byte("{")) && json.Valid(body.Text) {
		return nil, faultMedia()
	}
	params := parameters{}
	for name, value := range pairs(string(body.Text)) {
		text, err := url.QueryUnescape(value)
		if err != nil {
			params.add(names, name, parameter{flaw: flawEncoding})
			continue
		}
		params.add(names, name, plain(text))
	}
	return params, nil
}

// pairs yields the names, decoded, and the values of a form (RFC 6749 appendix B).
// Names that cannot be decoded are none of ours.
func pairs(form string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(form, "&") {
			name, value, _ := strings.Cut(pair, "=")
			name, err := url.QueryUnescape(name)
			if err == nil && !yield(wire.BaseName(trim(name)), value) {
				return
			}
		}
	}
}

// readObject reads a JSON object.
func readObject(text []byte, names []string) (parameters, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, faultBody()
	}
	params, decoder := parameters{}, json.NewDecoder(bytes.NewReader(text))
	if start, _ := decoder.Token(); start != json.Delim('{') {
		return nil, faultBody()
	}
	for decoder.More() {
		name, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil { // the text is valid JSON, so neither happens
			return nil, faultBody()
		}
		params.add(names, name.(string), member(name.(string), value))
	}
	return params, nil
}

// member returns the value of a member of a JSON object. Null is no value, but for the
// scope: a program that lost the address must not get a token for more than it meant.
func member(name string, value json.RawMessage) parameter {
	var text string
	switch {
	case string(value) == "null" && name != "scope":
		return parameter{}
	case string(value) == "null":
		return parameter{flaw: flawType}
	case json.Unmarshal(value, &text) != nil:
		return parameter{flaw: flawType}
	case !wire.PairedSurrogates(value):
		return parameter{flaw: flawCharacters}
	}
	return plain(text)
}

// checkQuery returns the fault of a query that has a parameter of ours, which would
// stand in logs.
func checkQuery(query string, names []string) error {
	for name := range pairs(query) {
		if lower := strings.ToLower(name); slices.Contains(names, lower) {
			return flawQuery.of(lower)
		}
	}
	return nil
}
