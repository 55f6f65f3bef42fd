package wire

import (
	"net/http"
	"slices"
	"strings"
)

// NoneMatch reports whether the caller does not have what the entity tag stands for (RFC 9110
// §13.1.2).
func NoneMatch(r *http.Request, tag string) bool {
	tags, _ := entityTags(r, "If-None-Match")
	return !slices.Contains(tags, "*") && !Names(tags, tag)
}

// Conditional reports whether a request depends on the entity tag of what it is for.
func Conditional(r *http.Request) bool {
	return len(r.Header.Values("If-Match")) > 0 || len(r.Header.Values("If-None-Match")) > 0
}

// Met reports whether what has the entity tag is as the request demands: If-Match names it
// (RFC 9110 §13.1.1), and If-None-Match does not, unless the request only reads, which
// [NoneMatch] decides then (§13.1.2).
func Met(r *http.Request, tag string) bool {
	tags, depends := matching(r)
	return (!depends || Names(tags, tag)) && (reads(r) || NoneMatch(r, tag))
}

// reads reports whether a request changes nothing.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// matching returns the entity tags that If-Match names, and whether the request
// depends on them: it does not without the header field, nor if that names every tag.
func matching(r *http.Request) (tags []string, depends bool) {
	tags, present := entityTags(r, "If-Match")
	return tags, present && !slices.Contains(tags, "*")
}

// Names reports whether one of the tags that a caller sent is an entity tag of ours.
//
// A tag of ours names a version and not the bytes that were sent, so it is the same tag behind
// a proxy that compressed them and marked it: as a weak one (nginx, Envoy, HAProxy, Varnish,
// Cloudflare, CloudFront), by a suffix within the quotes (-gzip, -br, -zstd of Apache, Caddy and
// lighttpd, --gzip of Jetty, ;gz of LiteSpeed), or behind them (older versions of Apache). This
// is not the strong comparison of RFC 9110 §8.8.3.2 for If-Match, which guards byte ranges.
func Names(tags []string, ours string) bool {
	return slices.ContainsFunc(tags, func(tag string) bool { return isFormOf(tag, ours) })
}

func isFormOf(tag, ours string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	opaque := strings.TrimSuffix(ours, `"`)
	rest, found := strings.CutPrefix(tag, opaque)
	if !found || strings.Count(rest, `"`) != 1 {
		return false
	}
	for marks := strings.ToLower(strings.Replace(rest, `"`, "", 1)); marks != ""; {
		mark := strings.TrimLeft(marks, "-;:")
		coding, after := cutCoding(mark)
		if mark == marks || coding == "" {
			return false
		}
		marks = after
	}
	return true
}

// cutCoding returns the name of a content coding at the beginning of a text, and the rest.
func cutCoding(text string) (coding, rest string) {
	for _, coding := range []string{"gzip", "x-gzip", "gz", "brotli", "br", "zstd", "deflate", "compress", "dcb", "dcz"} {
		if rest, found := strings.CutPrefix(text, coding); found {
			return coding, rest
		}
	}
	return "", text
}

// Unguarded returns [ErrUnguarded] if a request depends on something that is not looked at:
// without a tag, If-Match with other than * and, for a change, If-None-Match with *; for every
// change a date. Such a condition is not met, and a change that did not look at it would
// overwrite what the caller meant to keep (RFC 9110 §13.1.1).
//
// If-Unmodified-Since counts, beside no If-Match (§13.1.4): a date has no fractions of seconds,
// so it cannot tell one change from the next one.
func Unguarded(r *http.Request, tagged bool) error {
	_, depends := matching(r)
	existing, _ := entityTags(r, "If-None-Match")
	dated := len(r.Header.Values("If-Unmodified-Since")) > 0 && len(r.Header.Values("If-Match")) == 0
	if !tagged && (depends || !reads(r) && slices.Contains(existing, "*")) || dated && !reads(r) {
		return ErrUnguarded
	}
	return nil
}

// entityTags returns the tags of a header field, and whether it is there at all.
// A comma within a tag is a part of it (RFC 9110 §8.8.3).
func entityTags(r *http.Request, name string) (tags []string, present bool) {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return nil, false
	}
	start, quoted := 0, false
	field := strings.Join(values, ",")
	for i := range len(field) {
		switch {
		case field[i] == '"':
			quoted = !quoted
		case field[i] == ',' && !quoted:
			tags, start = append(tags, strings.TrimSpace(field[start:i])), i+1
		}
	}
	return append(tags, strings.TrimSpace(field[start:])), true
}
