package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// reply is an answer that can be kept and given again.
type reply struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func newReply(status int, body any) reply {
	return reply{Status: status, Headers: map[string]string{"Content-Type": mediaJSON}, Body: string(encodeJSON(body))}
}

// with sets a header.
func (a reply) with(name, value string) reply {
	a.Headers[name] = value
	return a
}

func (a reply) write(w http.ResponseWriter) {
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	writeBytes(w, a.Status, a.Headers["Content-Type"], []byte(a.Body))
}

// once answers a request that may carry an Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header): with the same key the same user
// of the same application gets the same answer from the same route, errors
// included, for 24 hours. What the store could not answer is not kept.
func (s *Server) once(w http.ResponseWriter, r *http.Request, grant delegation.Grant, body content, do func(context.Context, *rooms.Service) (reply, error)) error {
	key, err := idempotencyKey(r)
	if err != nil {
		return err
	}
	if key == "" {
		answer, err := do(r.Context(), s.rooms)
		if err == nil {
			answer.write(w)
		}
		return err
	}
	request := rooms.Request{Route: r.Method + " " + exchangeOf(r).pattern, Key: key, Fingerprint: fingerprint(r, body)}
	kept, replayed, err := s.rooms.Once(r.Context(), caller(grant), request, func(ctx context.Context, service *rooms.Service) ([]byte, error) {
		answer, err := do(ctx, service)
		return keep(r, answer, err)
	})
	if err != nil {
		return err
	}
	var answer reply
	if err := json.Unmarshal(kept, &answer); err != nil {
		return fmt.Errorf("reading a kept answer: %w", err)
	}
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	answer.write(w)
	return nil
}

// keep writes an answer as it is kept, or that to an error which is the caller's
// own; that one is for the log only then.
func keep(r *http.Request, answer reply, err error) ([]byte, error) {
	if err != nil {
		refusal := answerTo(err)
		if refusal.status >= http.StatusInternalServerError {
			return nil, err
		}
		exchangeOf(r).err = err
		answer = newReply(refusal.status, problemOf(r, refusal, err)).with("Content-Type", mediaProblem)
	}
	return encodeJSON(answer), err
}

// idempotencyKey returns the key of a request; empty if it has none. The draft
// has it as a structured field, a quoted string; most clients send it bare.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key, quoted := strings.CutPrefix(values[0], `"`)
	if quoted {
		var closed bool
		key, closed = strings.CutSuffix(key, `"`)
		if !closed || strings.ContainsAny(key, `"\`) {
			return "", errKeyInvalid
		}
	}
	printable := strings.IndexFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) < 0
	if len(values) > 1 || key == "" || len(key) > 255 || !printable {
		return "", errKeyInvalid
	}
	return key, nil
}

// fingerprint tells requests with one key apart: by their path, media type and
// body.
func fingerprint(r *http.Request, body content) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", r.URL.Path, body.media)
	sum.Write(body.text)
	return hex.EncodeToString(sum.Sum(nil))
}
