package server

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/swaggest/swgui/v5/static"
)

// The readable page of the contract is Swagger UI in a page of our own: the one
// that comes with it has inline scripts, which the policy below forbids.
//
//go:embed docs
var docsFiles embed.FS

// docsPolicy lets the page load what lies beside it and call this API, and
// nothing else. The images are those in the style sheet.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPage returns the page, in which every URL is below the base path.
func docsPage(base string) ([]byte, error) {
	page, err := docsFiles.ReadFile("docs/page.html")
	if err != nil {
		return nil, fmt.Errorf("reading page.html: %w", err)
	}
	return bytes.ReplaceAll(page, []byte("{base}"), []byte(base)), nil // plain paths need no escaping
}

func (s *Server) serveDocs(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Security-Policy", docsPolicy)
	return serveFile(w, r, "text/html; charset=utf-8", s.docs)
}

// serveDocsFile writes a file that the page loads.
func (s *Server) serveDocsFile(w http.ResponseWriter, r *http.Request) error {
	name := exchangeOf(r).params.ByName("file")
	switch name {
	case "page.js", "page.css":
		text, err := docsFiles.ReadFile("docs/" + name)
		if err != nil {
			return err
		}
		return serveFile(w, r, docsType(name), text)
	case "swagger-ui-bundle.js", "swagger-ui.css":
		text, err := static.FS.ReadFile(name + ".gz")
		if err != nil {
			return err
		}
		return serveCompressed(w, r, docsType(name), text)
	}
	return errNoRoute
}

func docsType(name string) string {
	if strings.HasSuffix(name, ".css") {
		return "text/css; charset=utf-8"
	}
	return "text/javascript; charset=utf-8"
}

// serveCompressed writes what is kept in gzip: as it is to those who take it,
// else unpacked.
func serveCompressed(w http.ResponseWriter, r *http.Request, mediaType string, text []byte) error {
	w.Header().Set("Vary", "Accept-Encoding")
	if takesGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		return serveFile(w, r, mediaType, text)
	}
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if text, err = io.ReadAll(reader); err != nil {
		return err
	}
	return serveFile(w, r, mediaType, text)
}

// takesGzip reports whether the caller takes gzip by name (RFC 9110 §12.5.3).
func takesGzip(r *http.Request) bool {
	for given := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, parameter, _ := strings.Cut(given, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, weighed := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !weighed || err == nil && q > 0
	}
	return false
}
