package printing

import (
	"fmt"
	"github.com/anteroom-go/anteroom/server/internal/usage"
	"io"
	"slices"
)

// Page are the flags of a list that may be long.
type Page struct {
	Limit int    `help:"How many at most. Default 1000." default:"1000" placeholder:"N"`
	After string `help:"Begin behind this one, with which the page before ended." placeholder:"ID"`
}

// Check returns an error if the page cannot be.
func (p Page) Check() error {
	if p.Limit < 1 {
		return usage.Errorf("--limit: expected at least 1, but got %d", p.Limit)
	}
	return nil
}

// Tell says that the list goes on behind the last one.
func (p Page) Tell(w io.Writer, program, last string) {
	fmt.Fprintf(w, "%s: note: there are more (see: --after %s)\n", program, last)
}

// PageOf returns the part of a whole list that is the page, and whether the list goes on.
func PageOf[T any](p Page, list []T, id func(T) string) (some []T, more bool, err error) {
	if p.After != "" {
		at := slices.IndexFunc(list, func(one T) bool { return id(one) == p.After })
		if at < 0 {
			return nil, false, usage.Errorf("--after: the list has no %s", p.After)
		}
		list = list[at+1:]
	}
	return list[:min(p.Limit, len(list))], len(list) > p.Limit, nil
}
