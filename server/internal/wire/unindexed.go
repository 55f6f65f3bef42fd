package wire

import (
	"cmp"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Unindexed returns parameters in which x[] and x[0], x[1] and so on are repeated x: PHP,
// Rails and several libraries of JavaScript write lists so. The values of x come first, then
// those of x[] and those with an index, in its order. A name with anything else in brackets
// stays as it is.
func Unindexed(values url.Values) url.Values {
	type indexed struct {
		base, name string
		index      int
	}
	var all []indexed
	for name := range maps.Keys(values) {
		base, index, found := cutIndex(name)
		if !found {
			base, index = name, -2
		}
		all = append(all, indexed{base, name, index})
	}
	slices.SortFunc(all, func(a, b indexed) int {
		return cmp.Or(strings.Compare(a.base, b.base), cmp.Compare(a.index, b.index), strings.Compare(a.name, b.name))
	})
	joined := make(url.Values, len(values))
	for _, one := range all {
		joined[one.base] = append(joined[one.base], values[one.name]...)
	}
	return joined
}

// BaseName returns the name of a parameter without the index of a list.
func BaseName(name string) string {
	if base, _, found := cutIndex(name); found {
		return base
	}
	return name
}

// cutIndex returns the name in front of an index, and the index; -1 for empty brackets.
func cutIndex(name string) (base string, index int, found bool) {
	inside, closed := strings.CutSuffix(name, "]")
	at := strings.LastIndexByte(inside, '[')
	if !closed || at <= 0 || strings.Trim(inside[at+1:], "0123456789") != "" {
		return "", 0, false
	}
	if inside[at+1:] == "" {
		return inside[:at], -1, true
	}
	index, err := strconv.Atoi(inside[at+1:])
	if err != nil {
		index = math.MaxInt // the order of numbers that no list has is that of their digits
	}
	return inside[:at], index, true
}
