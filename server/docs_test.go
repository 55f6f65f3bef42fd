package server_test

import (
	"compress/gzip"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

func TestDocsPage(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) { c.URL, c.BasePath = "https://meet.example.org/product", "/api/v1.0" })
	const under = "/product/api/v1.0"
	page := a.sendTo("GET", under+"/docs/", "", "Host: evil.example")
	is.Equal(page.StatusCode, 200)
	is.Equal(page.Header.Get("Content-Type"), "text/html; charset=utf-8")
	is.Equal(a.sendTo("GET", under+"/docs", "").body, page.body) // with and without its slash
	links := regexp.MustCompile(`(?:src|href|data-url|data-form)="([^"]*)"`).FindAllStringSubmatch(page.body, -1)
	is.True(len(links) >= 6) // styles, scripts, the document, what is filled in
	for _, link := range links {
		if link[1] == "data:," {
			continue // no icon is asked for
		}
		is.True(strings.HasPrefix(link[1], under+"/")) // below the base path as configured, on no other host
		is.Equal(a.sendTo("GET", link[1], "").StatusCode, 200)
	}
	is.True(!strings.Contains(page.body, "{base}"))
	inline := regexp.MustCompile(`<style|style=|<script>|\son\w+=`)
	is.True(!inline.MatchString(page.body)) // which the policy would forbid
}

func TestDocsPolicy(t *testing.T) {
	is := is.New(t)
	policy := onSQLite(t).send("GET", "/docs/", "").Header.Get("Content-Security-Policy")
	directives := map[string]string{}
	for directive := range strings.SplitSeq(policy, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		directives[name] = sources
	}
	is.Equal(directives, map[string]string{
		"default-src": "'none'", // what is not allowed is forbidden
		"script-src":  "'self'", // no inline scripts, no eval
		"style-src":   "'self'", // no inline styles
		"img-src":     "data:",  // the icons in the style sheet
		"connect-src": "'self'", // the document, and calls to try the API out
		"object-src":  "'none'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
	})
}

func TestDocsFiles(t *testing.T) {
	a := onSQLite(t)
	for file, mediaType := range map[string]string{
		"swagger-ui-bundle.js": "text/javascript; charset=utf-8", "swagger-ui.css": "text/css; charset=utf-8",
		"page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8",
		"arrange.js": "text/javascript; charset=utf-8", "authorize.js": "text/javascript; charset=utf-8",
		"carry.js": "text/javascript; charset=utf-8", "form.json": "application/json",
	} {
		is := is.New(t)
		plain := a.send("GET", "/docs/"+file, "", "Accept-Encoding: gzip;q=0, br")
		is.Equal(plain.StatusCode, 200)
		is.Equal(plain.Header.Get("Content-Type"), mediaType) // sniffing is off
		is.Equal(plain.Header.Get("Content-Encoding"), "")
		packed := a.send("GET", "/docs/"+file, "", "Accept-Encoding: br, GZIP;q=0.5")
		is.Equal(unpacked(t, packed), // the same, however it is packed
			plain.body)
		is.Equal(packed.body == plain.body, packed.Header.Get("Vary") == "")                       // caches know
		is.Equal(packed.body == plain.body, packed.Header.Get("ETag") == plain.Header.Get("ETag")) // an ETag for each
		for encoding, first := range map[string]reply{"identity": plain, "gzip": packed} {
			again := a.send("GET", "/docs/"+file, "", "Accept-Encoding: "+encoding, "If-None-Match: "+first.Header.Get("ETag"))
			is.Equal(again.StatusCode, 304) // the caller has it
		}
	}
	for _, file := range []string{"x", "page.html", "index.html", "swagger-ui.css.gz", "swagger-ui.js",
		"..%2fopenapi.yaml", "%2e%2e"} {
		problem(t, a.send("GET", "/docs/"+file, ""), 404, "not_found") // and there is nothing else
	}
	problem(t, a.send("POST", "/docs/page.js", ""), 405, "method_not_allowed")
}

// TestNothingIsFilledIn: the page of a server fills no credentials in, and no optional
// parameter of a request has an example, which Swagger UI would send.
func TestNothingIsFilledIn(t *testing.T) {
	is := is.New(t)
	is.Equal(onSQLite(t).send("GET", "/docs/form.json", "").body, "{}\n")
	document, err := contract()
	is.NoErr(err)
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			for _, parameter := range operation.Parameters {
				p := parameter.Value
				if !p.Required && (p.Example != nil || p.Examples != nil || p.Schema.Value.Example != nil) {
					t.Errorf("%s %s: the optional parameter %s has an example", method, path, p.Name)
				}
			}
		}
	}
}

// unpacked returns the body of an answer as it was before it was packed.
func unpacked(t *testing.T, r reply) string {
	t.Helper()
	if r.Header.Get("Content-Encoding") == "" {
		return r.body
	}
	is := is.New(t)
	reader, err := gzip.NewReader(strings.NewReader(r.body))
	is.NoErr(err)
	text, err := io.ReadAll(reader)
	is.NoErr(err)
	return string(text)
}

// TestParametersOfPaths: Swagger UI shows a reference among the parameters of a
// path as one without a name, and the operation could not be tried out.
func TestParametersOfPaths(t *testing.T) {
	document, err := contract()
	is.New(t).NoErr(err)
	for _, item := range document.Paths.Map() {
		for _, parameter := range item.Parameters {
			is.New(t).Equal(parameter.Ref, "") // written out
		}
	}
}

// TestScopesAreShown: Swagger UI shows the scopes of OAuth flows only, so that the
// texts name them.
func TestScopesAreShown(t *testing.T) {
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	for _, o := range operations(t) {
		if guarded(o) {
			is.True(strings.HasPrefix(o.Description, "Scope: `"+o.scope+"`."))    // what a reader needs first
			is.True(strings.Contains(document.Info.Description, "`"+o.scope+"`")) // and all of them in the introduction
		}
	}
}
