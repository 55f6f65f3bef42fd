package wire

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	strict "github.com/go-jose/go-jose/v4/json"
)

// Media types of requests and answers.
const (
	MediaJSON       = "application/json"
	MediaForm       = "application/x-www-form-urlencoded"
	MediaMergePatch = "application/merge-patch+json" // RFC 7396
	MediaProblem    = "application/problem+json"     // RFC 9457
	MediaCSV        = "text/csv; charset=utf-8"
)

// Body is the body of a request. An empty one has no media type, whatever the
// header fields are.
type Body struct {
	Text  []byte
	Media string
}

// ReadBody returns the body of a request. It returns [ErrSize] if that has more
// bytes than limit, [ErrMedia] if it is in a content coding or of none of the
// media types, and [ErrBody] if it does not come to its end.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64, media ...string) (Body, error) {
	if r.ContentLength > limit {
		return Body{}, ErrSize
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return Body{}, ErrSize
	case err != nil:
		return Body{}, ErrBody
	case len(text) == 0:
		return Body{}, nil
	}
	kind, err := mediaType(r, media)
	return Body{text, kind}, err
}

// mediaType returns the media type of a request if it is one of those allowed,
// in UTF-8 and without a content coding.
func mediaType(r *http.Request, allowed []string) (string, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return "", ErrMedia
	}
	types := r.Header.Values("Content-Type")
	if len(types) != 1 {
		return "", ErrMedia
	}
	kind, params, err := mime.ParseMediaType(types[0])
	charset, named := params["charset"]
	if err != nil || named && !strings.EqualFold(charset, "utf-8") || !slices.Contains(allowed, kind) {
		return "", ErrMedia
	}
	return kind, nil
}

// Object decodes one JSON object strictly: in UTF-8, without repeated names at
// any depth, and with nothing after it. An empty body is an empty object. It
// returns [ErrObject] if the body is none.
//
// The decoder is not that of encoding/json, which would take the last of two
// names.
func (b Body) Object() (map[string]any, error) {
	if len(b.Text) == 0 {
		return map[string]any{}, nil
	}
	var object map[string]any
	if !utf8.Valid(b.Text) || strict.Unmarshal(b.Text, &object) != nil || object == nil {
		return nil, ErrObject
	}
	return object, nil
}
