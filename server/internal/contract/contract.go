package contract

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/swaggest/swgui/v5/static"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Contract is the document and its page, ready to be served.
type Contract struct {
	// OpenAPI is the document in JSON, as OpenAPI 3.1.
	OpenAPI wire.Document
	// OpenAPI30 is the document in JSON, as OpenAPI 3.0.
	OpenAPI30 wire.Document
	// Page shows it.
	Page wire.Document
	// Files are what the page loads, by name.
	Files map[string]wire.Document
}

// The page is Swagger UI in a page of our own: the one that comes with it has
// inline scripts, which the policy below forbids.
//
//go:embed docs
var pageFiles embed.FS

// pagePolicy lets the page load what lies beside it and call this API, and
// nothing else. The images are those in the style sheet.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// The media types of what the page consists of.
const (
	mediaHTML   = "text/html; charset=utf-8"
	mediaScript = "text/javascript; charset=utf-8"
	mediaStyle  = "text/css; charset=utf-8"
)

// New returns the contract that a YAML source describes, as it is at the places.
func New(source []byte, at Places) (Contract, error) {
	latest, older, err := openAPI(source, at)
	if err != nil {
		return Contract{}, err
	}
	page, err := pageFiles.ReadFile("docs/page.html")
	if err != nil {
		return Contract{}, fmt.Errorf("reading the page: %w", err)
	}
	page = bytes.ReplaceAll(page, []byte("{base}"), []byte(at.Base)) // plain paths need no escaping
	files, err := newFiles()
	return Contract{
		OpenAPI:   wire.NewDocument(wire.MediaJSON, latest),
		OpenAPI30: wire.NewDocument(wire.MediaJSON, older),
		Page:      wire.NewDocument(mediaHTML, page).With("Content-Security-Policy", pagePolicy),
		Files:     files,
	}, err
}

// newFiles returns the files of the page: our own, and those of Swagger UI, which
// are kept in gzip.
func newFiles() (map[string]wire.Document, error) {
	files := map[string]wire.Document{}
	for name, media := range map[string]string{"page.js": mediaScript, "arrange.js": mediaScript, "carry.js": mediaScript,
		"authorize.js": mediaScript, "page.css": mediaStyle, "form.json": wire.MediaJSON} {
		text, err := pageFiles.ReadFile("docs/" + name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		files[name] = wire.NewDocument(media, text)
	}
	for name, media := range map[string]string{"swagger-ui-bundle.js": mediaScript, "swagger-ui.css": mediaStyle} {
		packed, err := static.FS.ReadFile(name + ".gz")
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if files[name], err = wire.NewPackedDocument(media, packed); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return files, nil
}
