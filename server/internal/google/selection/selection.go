// Package selection reads the parameter fields, by which a client of Google's asks for a part of an answer:
// name,config/accessType or config(accessType,moderation).
package selection

import (
	"encoding/json"
	"strings"

	"github.com/anteroom-go/anteroom/server/internal/google/message"
)

// maxDepth is how deep selections may be nested.
const maxDepth = 16

// Selection is a part of a document: its members by name, "*" for all. A nil Selection is everything.
type Selection map[string]Selection

// Parse reads a selection. The empty text selects everything. It is not ok if the text is none.
func Parse(text string) (selection Selection, ok bool) {
	if text == "" {
		return nil, true
	}
	p := parser{rest: text}
	selection, ok = p.list(0)
	return selection, ok && p.rest == ""
}

// parser reads a text from its beginning.
type parser struct{ rest string }

// list reads paths with commas between them, up to the end or a closing parenthesis.
func (p *parser) list(depth int) (Selection, bool) {
	all := Selection{}
	for {
		if !p.path(all, depth) {
			return nil, false
		}
		if !strings.HasPrefix(p.rest, ",") {
			return all, true
		}
		p.rest = p.rest[1:]
	}
}

// path reads one path into a selection.
func (p *parser) path(into Selection, depth int) bool {
	end := strings.IndexAny(p.rest, ",/()")
	if end < 0 {
		end = len(p.rest)
	}
	name := strings.TrimSpace(p.rest[:end])
	if name == "" || depth > maxDepth {
		return false
	}
	p.rest = p.rest[end:]
	below, ok := p.below(depth + 1)
	if ok {
		into.add(message.Camel(name), below)
	}
	return ok
}

// below reads what follows a name.
func (p *parser) below(depth int) (below Selection, ok bool) {
	switch {
	case strings.HasPrefix(p.rest, "/"):
		p.rest, below = p.rest[1:], Selection{}
		return below, p.path(below, depth)
	case strings.HasPrefix(p.rest, "("):
		p.rest = p.rest[1:]
		below, _ = p.list(depth) // nil if it is none
		p.rest, ok = strings.CutPrefix(p.rest, ")")
		return below, ok && below != nil
	}
	return nil, true
}

// add adds a member. One that is there in part and as a whole is there as a whole.
func (s Selection) add(name string, below Selection) {
	before, there := s[name]
	if !there {
		s[name] = below
		return
	}
	if before == nil || below == nil {
		s[name] = nil
		return
	}
	for inner, deeper := range below {
		before.add(inner, deeper)
	}
}

// Of returns the selected part of a document of JSON.
func (s Selection) Of(document []byte) ([]byte, error) {
	if s == nil {
		return document, nil
	}
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		return nil, err
	}
	return json.Marshal(s.part(value))
}

// part returns the selected part of a value. A selection of a list is one of each of its elements.
func (s Selection) part(value any) any {
	switch typed := value.(type) {
	case []any:
		parts := make([]any, len(typed))
		for i, one := range typed {
			parts[i] = s.part(one)
		}
		return parts
	case map[string]any:
		members := map[string]any{}
		for name, one := range typed {
			if below, ok := s.below(name); ok {
				members[name] = below.partOrAll(one)
			}
		}
		return members
	}
	return value
}

// below returns what is selected of a member, and whether it is.
func (s Selection) below(name string) (Selection, bool) {
	below, ok := s[name]
	if !ok {
		below, ok = s["*"]
	}
	return below, ok
}

func (s Selection) partOrAll(value any) any {
	if s == nil {
		return value
	}
	return s.part(value)
}
