package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	strict "github.com/go-jose/go-jose/v4/json"
)

// Media types of requests.
const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"

	mediaMergePatch = "application/merge-patch+json" // RFC 7396
)

// mediaProblem is the media type of errors (RFC 9457).
const mediaProblem = "application/problem+json"

// readBody returns the body, at most limit bytes, and its media type, which is
// one of the given ones. An empty body has none, whatever the headers say.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, media ...string) ([]byte, string, error) {
	if r.ContentLength > limit {
		return nil, "", errBodySize
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, "", errBodySize
	case err != nil:
		return nil, "", errBody
	case len(body) == 0:
		return nil, "", nil
	}
	kind, err := mediaType(r, media)
	return body, kind, err
}

// mediaType returns the media type of a request if it is one of those allowed,
// plain and in UTF-8.
func mediaType(r *http.Request, allowed []string) (string, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return "", errMediaType
	}
	types := r.Header.Values("Content-Type")
	if len(types) != 1 {
		return "", errMediaType
	}
	kind, params, err := mime.ParseMediaType(types[0])
	if charset, given := params["charset"]; err != nil || given && !strings.EqualFold(charset, "utf-8") {
		return "", errMediaType
	}
	for _, one := range allowed {
		if kind == one {
			return kind, nil
		}
	}
	return "", errMediaType
}

// parseObject reads one JSON object strictly: UTF-8, no repeated names at any
// depth, nothing after it. encoding/json would take the last of two names.
func parseObject(body []byte) (map[string]any, error) {
	var object map[string]any
	if !utf8.Valid(body) || strict.Unmarshal(body, &object) != nil || object == nil {
		return nil, errObject
	}
	return object, nil
}

// writeJSON is the one place that writes a body.
func writeJSON(w http.ResponseWriter, status int, mediaType string, value any) {
	writeBytes(w, status, mediaType, encodeJSON(value))
}

// encodeJSON writes a value of our own types.
func encodeJSON(value any) []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return body.Bytes()
}

func writeBytes(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller is gone: nobody is left to tell
}
