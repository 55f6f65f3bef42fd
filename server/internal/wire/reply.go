package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Reply is a whole answer: a status, header fields and a body.
type Reply struct {
	Status int
	Header map[string]string
	Body   []byte
}

// JSON returns an answer in JSON.
func JSON(status int, value any) Reply { return Text(status, MediaJSON, Encode(value)) }

// Text returns an answer of any media type.
func Text(status int, media string, body []byte) Reply {
	return Reply{Status: status, Header: map[string]string{"Content-Type": media}, Body: body}
}

// Empty returns an answer without a body.
func Empty(status int) Reply { return Reply{Status: status, Header: map[string]string{}} }

// With returns the answer with a header field more.
func (r Reply) With(name, value string) Reply {
	r.Header[name] = value
	return r
}

// Write writes the answer, and returns how many bytes of the body were written.
func (r Reply) Write(w http.ResponseWriter) int {
	h, values := w.Header(), make([]string, 0, len(r.Header))
	for name, value := range r.Header {
		values = append(values, value)
		h[http.CanonicalHeaderKey(name)] = values[len(values)-1 : len(values) : len(values)]
	}
	w.WriteHeader(r.Status)
	if len(r.Body) == 0 {
		return 0
	}
	n, _ := w.Write(r.Body) // an error means that the caller is gone
	return n
}

// Encode returns a value of our own types in JSON. It panics if the type cannot
// be encoded.
func Encode(value any) []byte {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return body.Bytes()
}
