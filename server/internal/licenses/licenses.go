// Package licenses holds the licences of everything that is linked into the binary, on any
// of the systems that it is built for. "go generate" collects them anew.
package licenses

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the texts
	"fmt"
	"io"
)

//go:generate go run ./collect

//go:embed licenses.txt.gz
var texts []byte

// Write writes all licences as one text.
func Write(w io.Writer) error {
	text, err := gzip.NewReader(bytes.NewReader(texts))
	if err == nil {
		_, err = io.Copy(w, text)
	}
	if err != nil {
		return fmt.Errorf("licenses: %w", err)
	}
	return nil
}
