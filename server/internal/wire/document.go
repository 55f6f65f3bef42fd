package wire

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// Document is something public that does not change: its bytes and its entity
// tags are made once.
type Document struct {
	media    string
	header   map[string]string
	identity form
	gzip     form // without a tag if there is none
}

// form is a document in one content coding.
type form struct {
	body []byte
	tag  string
}

// NewDocument returns a document of the media type.
func NewDocument(media string, body []byte) Document {
	return Document{media: media, identity: newForm(body)}
}

// NewPackedDocument returns a document that is given in gzip. It is unpacked
// once, for callers that do not take gzip.
func NewPackedDocument(media string, packed []byte) (Document, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return Document{}, fmt.Errorf("unpacking a document: %w", err)
	}
	body, err := io.ReadAll(reader)
	if err != nil {
		return Document{}, fmt.Errorf("unpacking a document: %w", err)
	}
	d := NewDocument(media, body)
	d.gzip = newForm(packed)
	return d, nil
}

func newForm(body []byte) form {
	sum := sha256.Sum256(body)
	return form{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// LatestDocument remembers the document that was made last, so that one that
// seldom changes is not made for each request. It is safe for concurrent use.
type LatestDocument struct {
	latest atomic.Pointer[Document]
}

// Of returns the document with the body: the one that was made last, or a new one
// if it has another body.
func (l *LatestDocument) Of(media string, body []byte) Document {
	if latest := l.latest.Load(); latest != nil && latest.media == media && bytes.Equal(latest.identity.body, body) {
		return *latest
	}
	made := NewDocument(media, bytes.Clone(body))
	l.latest.Store(&made)
	return made
}

// With returns the document with a header field more.
func (d Document) With(name, value string) Document {
	header := map[string]string{name: value}
	for other, value := range d.header {
		header[other] = value
	}
	d.header = header
	return d
}

// Reply returns the document, or the answer that the caller has it already (RFC
// 9110 §13.1.2). It returns [ErrUnmet] if the caller wants another version.
func (d Document) Reply(r *http.Request) (Reply, error) {
	reply, chosen := Empty(http.StatusNotModified), d.identity
	if d.gzip.tag != "" {
		reply = reply.With("Vary", "Accept-Encoding")
	}
	if d.gzip.tag != "" && takesGzip(r) {
		chosen = d.gzip
		reply = reply.With("Content-Encoding", "gzip")
	}
	for name, value := range d.header {
		reply = reply.With(name, value)
	}
	reply = reply.With("Cache-Control", "public, max-age=300").With("ETag", chosen.tag)
	switch {
	case !Met(r, chosen.tag):
		return Reply{}, ErrUnmet
	case !NoneMatch(r, chosen.tag):
		return reply, nil
	}
	reply.Status, reply.Body = http.StatusOK, chosen.body
	return reply.With("Content-Type", d.media), nil
}

// takesGzip reports whether the caller takes gzip by name (RFC 9110 §12.5.3).
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, parameter, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		weight, weighed := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !weighed || err == nil && q > 0
	}
	return false
}
