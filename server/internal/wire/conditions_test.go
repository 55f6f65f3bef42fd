package wire_test

import (
	"net/http/httptest"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// formsOfTags are what proxies make of "1-ab".
func formsOfTags() map[string]string {
	return map[string]string{
		"itself": `"1-ab"`, "nginx, Envoy, HAProxy, Varnish, Cloudflare": `W/"1-ab"`,
		"Apache and lighttpd, gzip": `"1-ab-gzip"`, "Apache and lighttpd, brotli": `"1-ab-br"`,
		"Caddy, zstd": `"1-ab-zstd"`, "lighttpd, deflate": `"1-ab-deflate"`, "Jetty": `"1-ab--gzip"`,
		"Jetty, brotli": `"1-ab--br"`, "LiteSpeed": `"1-ab;gz"`, "LiteSpeed, brotli": `"1-ab;br"`,
		"Apache 2.2": `"1-ab"-gzip`, "Apache behind nginx": `W/"1-ab-gzip"`, "Caddy behind Apache": `"1-ab-gzip-br"`,
		"one of several": `"x", W/"1-ab-br"`, "blanks": " \t\"1-ab\"\t ", "empty elements": `, ,"1-ab",`,
	}
}

func TestFormsOfTags(t *testing.T) {
	for name, value := range formsOfTags() {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			patch := httptest.NewRequest("PATCH", "/", nil)
			patch.Header.Set("If-Match", value)
			is.True(wire.Met(patch, `"1-ab"`))  // our own tag, as a proxy gave it on
			is.True(!wire.Met(patch, `"2-ab"`)) // of one version only
			get := httptest.NewRequest("GET", "/", nil)
			get.Header.Set("If-None-Match", value)
			is.True(!wire.NoneMatch(get, `"1-ab"`))
			is.True(wire.NoneMatch(get, `"2-ab"`))
			is.True(wire.Met(get, `"1-ab"`)) // which a reader learns by 304
			patch = httptest.NewRequest("PATCH", "/", nil)
			patch.Header.Set("If-None-Match", value)
			is.True(!wire.Met(patch, `"1-ab"`)) // RFC 9110 §13.1.2: a change is refused
		})
	}
}

func TestTagsOfOthers(t *testing.T) {
	for _, value := range []string{
		"", " ", `"`, `""`, `W/""`, "1-ab", "W/1-ab", `"1-ab`, `1-ab"`, `"1-a"`, `"1-abc"`, `"11-ab"`, `"01-ab"`, `"1-AB"`,
		`w/W/"1-ab"`, `W/W/"1-ab"`, `'1-ab'`, `"1-ab" "`, `"1-ab"x`, `"1-ab-"`, `"1-abgzip"`, `"1-ab-gzi"`, `"1-ab-gzipx"`,
		`"1-ab-identity"`, `"1-ab-2-ab"`, `"gzip"`, `"gzip-1-ab"`, `"1-ab"-`, `"1-ab""-gzip"`, `"x,"1-ab","`,
		`"x, *, y"`, `"*"`,
		`"1-ab%2Dgzip"`, `"1 -ab"`,
	} {
		is := is.New(t)
		r := httptest.NewRequest("DELETE", "/", nil)
		r.Header["If-Match"] = []string{value}
		is.True(!wire.Met(r, `"1-ab"`)) // a condition that is not met
		r = httptest.NewRequest("GET", "/", nil)
		r.Header["If-None-Match"] = []string{value}
		is.True(wire.NoneMatch(r, `"1-ab"`))
	}
}

func TestTagsOfDocumentsAreWhole(t *testing.T) {
	is := is.New(t)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", `"ab"`)
	is.True(wire.NoneMatch(r, `"ab-br"`)) // a tag of ours that ends like one of a proxy is another tag
	r.Header.Set("If-None-Match", `"ab-br"`)
	is.True(!wire.NoneMatch(r, `"ab-br"`))
}

func TestConditionsThatAreNotLookedAt(t *testing.T) {
	const date = "Mon, 23 Nov 2026 10:00:00 GMT"
	tests := map[string]struct {
		method, name, value string
		tagged, refused     bool
	}{
		"a tag for a change":              {"POST", "If-Match", `"x"`, false, true},
		"a weak tag":                      {"POST", "If-Match", `W/"x"`, false, true},
		"an empty list":                   {"POST", "If-Match", "", false, true},
		"whatever there is":               {"POST", "If-Match", "*", false, false},
		"a tag for a reader":              {"GET", "If-Match", `"x"`, false, true},
		"a tag where it is looked at":     {"PATCH", "If-Match", `"x"`, true, false},
		"nothing may be there":            {"POST", "If-None-Match", "*", false, true},
		"no tag may be there":             {"POST", "If-None-Match", `"x"`, false, false},
		"nothing, where it is looked at":  {"PATCH", "If-None-Match", "*", true, false},
		"what a reader has":               {"GET", "If-None-Match", "*", false, false},
		"a date for a change":             {"DELETE", "If-Unmodified-Since", date, true, true},
		"a date for a change without tag": {"POST", "If-Unmodified-Since", date, false, true},
		"what is no date":                 {"PATCH", "If-Unmodified-Since", "yesterday", true, true},
		"a date for a reader":             {"GET", "If-Unmodified-Since", date, true, false},
		"what a reader had":               {"GET", "If-Modified-Since", date, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, "/", nil)
			r.Header[test.name] = []string{test.value}
			is.New(t).Equal(refusedAs(wire.Unguarded(r, test.tagged), wire.ErrUnguarded), test.refused)
		})
	}
	r := httptest.NewRequest("DELETE", "/", nil)
	r.Header.Set("If-Unmodified-Since", date)
	r.Header.Set("If-Match", `"x"`)
	is.New(t).NoErr(wire.Unguarded(r, true)) // RFC 9110 §13.1.4: beside If-Match the date is ignored
}
