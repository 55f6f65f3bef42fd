package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	strict "github.com/go-jose/go-jose/v4/json"

	"github.com/anteroom-go/anteroom/server/internal/coding"
)

// Media types of requests and answers.
const (
	MediaJSON       = "application/json"
	MediaForm       = "application/x-www-form-urlencoded"
	MediaMergePatch = "application/merge-patch+json" // RFC 7396
	MediaProblem    = "application/problem+json"     // RFC 9457
	MediaCSV        = "text/csv; charset=utf-8"
)

// Body is the body of a request, without its content coding and a byte order mark.
// An empty one has no media type, whatever the header fields are.
type Body struct {
	Text  []byte
	Media string
}

// Upload is the body of a request as it came. What is wrong with it is told by
// [Upload.Body], when it is the body's turn to be judged.
type Upload struct {
	text  []byte
	limit int64
	err   error
}

// Receive reads the body of a request, of at most limit bytes, within a time of its
// own. Without a limit it reads nothing. It returns [ErrSlow] if the body does not
// come in time, and an [*AbortedError] if the connection ends before the body.
//
// A deadline for reading must not last longer than the body: it would cancel the
// context of the request, as if the caller had gone.
func Receive(w http.ResponseWriter, r *http.Request, limit int64, within time.Duration) (Upload, error) {
	connection := http.NewResponseController(w)
	if r.Body == nil || r.Body == http.NoBody {
		_ = connection.SetReadDeadline(time.Time{}) // a writer without deadlines has those of its host
		return Upload{}, nil
	}
	_ = connection.SetReadDeadline(time.Now().Add(within))
	switch {
	case limit == 0:
		return Upload{}, nil
	case r.ContentLength > limit:
		return Upload{err: ErrSize}, nil
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return unreadable(r, err)
	}
	_ = connection.SetReadDeadline(time.Time{})
	return Upload{text: text, limit: limit}, nil
}

// unreadable tells apart what can be wrong with a body that did not come to its end:
// its size or its framing, which is its sender's fault, its pace, or the connection.
func unreadable(r *http.Request, err error) (Upload, error) {
	var tooLarge *http.MaxBytesError
	var network *net.OpError
	switch {
	case errors.As(err, &tooLarge):
		return Upload{err: ErrSize}, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Upload{}, ErrSlow
	case r.Context().Err() != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network),
		errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return Upload{}, &AbortedError{err}
	}
	return Upload{err: ErrBody.Because(err)}, nil
}

// byteOrderMark begins a text in UTF-8 that some editors and libraries write. It is
// no part of the text (RFC 8259 §8.1).
var byteOrderMark = []byte("\xEF\xBB\xBF")

// Body returns the body, in the canonical name of its media type. It returns
// [ErrSize] if it has more bytes than the limit, packed or not, [ErrBody] if its
// framing is not valid, [ErrCoding] or [ErrPacked] if its content coding cannot be
// undone, and [ErrMedia] if it is of none of the media types.
func (u Upload) Body(r *http.Request, media ...string) (Body, error) {
	if u.err != nil || len(u.text) == 0 {
		return Body{}, u.err
	}
	text, err := u.decoded(r)
	if err != nil || len(text) == 0 {
		return Body{}, err
	}
	kind, err := mediaType(r, media)
	return Body{text, kind}, err
}

// decoded returns the text of a body that came whole.
func (u Upload) decoded(r *http.Request) ([]byte, error) {
	text, err := coding.Decode(r.Header.Values("Content-Encoding"), u.text, u.limit)
	switch {
	case errors.Is(err, coding.ErrUnsupported):
		return nil, ErrCoding
	case errors.Is(err, coding.ErrSize):
		return nil, ErrSize
	case err != nil:
		return nil, ErrPacked.Because(err)
	}
	return bytes.TrimPrefix(text, byteOrderMark), nil
}

// Object decodes one JSON object strictly: in UTF-8, without halves of surrogate
// pairs, without repeated names at any depth, and with nothing after it. An empty body is an empty object. It
// returns [ErrObject] if the body is none.
//
// The decoder is not that of encoding/json, which would take the last of two
// names.
func (b Body) Object() (map[string]any, error) {
	if len(b.Text) == 0 {
		return map[string]any{}, nil
	}
	var object map[string]any
	if !utf8.Valid(b.Text) || strict.Unmarshal(b.Text, &object) != nil || object == nil || !PairedSurrogates(b.Text) {
		return nil, ErrObject
	}
	return object, nil
}
