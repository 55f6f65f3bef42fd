package command

import (
	"fmt"
	"slices"
)

// page are the flags of a list that may be long.
type page struct {
	Limit int    `help:"How many at most. Default 1000." default:"1000" placeholder:"N"`
	After string `help:"Begin behind this one, with which the page before ended." placeholder:"ID"`
}

func (p page) check() error {
	if p.Limit < 1 {
		return usagef("--limit: expected at least 1, but got %d", p.Limit)
	}
	return nil
}

// tell says on standard error that the list goes on behind the last one.
func (p page) tell(c *console, last string) {
	fmt.Fprintf(c.stderr, "%s: note: there are more (see: --after %s)\n", c.name(), last)
}

// pageOf returns the part of a whole list that is the page, and whether the list goes on.
func pageOf[T any](p page, list []T, id func(T) string) (some []T, more bool, err error) {
	if p.After != "" {
		at := slices.IndexFunc(list, func(one T) bool { return id(one) == p.After })
		if at < 0 {
			return nil, false, usagef("--after: the list has no %s", p.After)
		}
		list = list[at+1:]
	}
	return list[:min(p.Limit, len(list))], len(list) > p.Limit, nil
}
