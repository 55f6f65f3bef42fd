package contract

import (
	"bytes"
	"embed"
	"fmt"
	"sync"

	"github.com/swaggest/swgui/v5/static"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The names of the documents; a file that the page loads has the name of the page, a
// slash and its own.
const (
	OpenAPI   = "openapi.json"     // OpenAPI 3.1
	OpenAPI30 = "openapi-3.0.json" // OpenAPI 3.0
	Page      = "docs"             // shows them
)

// Contract is the document and its page. They are made when one of them is first asked
// for, because that takes longer than everything else before the first answer.
type Contract struct {
	documents func() (map[string]wire.Document, error)
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
func New(source []byte, at Places) Contract {
	return Contract{sync.OnceValues(func() (map[string]wire.Document, error) { return prepare(source, at) })}
}

// Document returns a document by its name, and whether there is one.
func (c Contract) Document(name string) (document wire.Document, found bool, err error) {
	documents, err := c.documents()
	document, found = documents[name]
	return document, found, err
}

// prepare returns the documents by their names.
func prepare(source []byte, at Places) (map[string]wire.Document, error) {
	latest, older, err := openAPI(source, at)
	if err != nil {
		return nil, err
	}
	page, err := pageFiles.ReadFile("docs/page.html")
	if err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	page = bytes.ReplaceAll(page, []byte("{base}"), []byte(at.Base)) // plain paths need no escaping
	documents := map[string]wire.Document{
		OpenAPI:   wire.NewDocument(wire.MediaJSON, latest),
		OpenAPI30: wire.NewDocument(wire.MediaJSON, older),
		Page:      wire.NewDocument(mediaHTML, page).With("Content-Security-Policy", pagePolicy),
	}
	return documents, addFiles(documents)
}

// addFiles adds the files of the page: our own, and those of Swagger UI, which are kept
// in gzip.
func addFiles(documents map[string]wire.Document) error {
	for name, media := range map[string]string{"page.js": mediaScript, "arrange.js": mediaScript, "carry.js": mediaScript,
		"authorize.js": mediaScript, "page.css": mediaStyle, "form.json": wire.MediaJSON} {
		text, err := pageFiles.ReadFile("docs/" + name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		documents[Page+"/"+name] = wire.NewDocument(media, text)
	}
	for name, media := range map[string]string{"swagger-ui-bundle.js": mediaScript, "swagger-ui.css": mediaStyle} {
		packed, err := static.FS.ReadFile(name + ".gz")
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if documents[Page+"/"+name], err = wire.NewPackedDocument(media, packed); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return nil
}
