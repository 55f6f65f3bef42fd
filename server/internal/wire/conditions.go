package wire

import (
	"net/http"
	"slices"
	"strings"
)

// NoneMatch reports whether the caller does not have what the entity tag stands
// for: the weak comparison of If-None-Match (RFC 9110 §13.1.2).
func NoneMatch(r *http.Request, tag string) bool {
	tags, _ := entityTags(r, "If-None-Match")
	return !slices.ContainsFunc(tags, func(one string) bool { return one == "*" || strings.TrimPrefix(one, "W/") == tag })
}

// Matching returns the entity tags that If-Match names (RFC 9110 §13.1.1), and
// whether the request depends on them: it does not without the header field, nor
// if that names every tag.
func Matching(r *http.Request) (tags []string, depends bool) {
	tags, present := entityTags(r, "If-Match")
	return tags, present && !slices.Contains(tags, "*")
}

// entityTags returns the tags of a header field, and whether it is there at all.
func entityTags(r *http.Request, name string) (tags []string, present bool) {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return nil, false
	}
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tags = append(tags, strings.TrimSpace(tag))
	}
	return tags, true
}
