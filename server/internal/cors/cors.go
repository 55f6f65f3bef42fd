// Package cors lets pages of other origins call the API from browsers, by the CORS
// protocol of the Fetch standard (§3.2). No answer allows credentials that a browser
// holds by itself: a page sends its token in the Authorization header.
package cors

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Origins are the origins whose pages may call, in the form in which browsers send them. None
// means that no page may.
type Origins []string

// maxOrigins bounds the list of origins.
const maxOrigins = 100

// ParseOrigins reads origins: http or https, a host and a port, if it is another one
// than the scheme has anyway. An error continues a sentence that begins with the name
// of the setting.
func ParseOrigins(texts []string) (Origins, error) {
	if len(texts) > maxOrigins {
		return nil, fmt.Errorf("are more than %d", maxOrigins)
	}
	var origins Origins
	for _, text := range texts {
		origin, ok := parseOrigin(text)
		if !ok {
			return nil, fmt.Errorf("have %q, which is no origin such as https://app.example.org: "+
				"http or https and a host in ASCII, without a path, and never a wildcard", text)
		}
		if !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins, nil
}

// hostLetters are the characters of a host and its port.
const hostLetters = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]"

// parseOrigin returns an origin as browsers write it (RFC 6454 §6.2).
func parseOrigin(text string) (string, bool) {
	u, err := url.Parse(strings.ToLower(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") ||
		strings.Trim(u.Host, hostLetters) != "" || strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	usual := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(u.Host, usual), true
}

// OriginOf returns scheme, host and port of a URL; empty if it has none.
func OriginOf(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// What pages may send and see besides what every page may (Fetch, §2.2.2).
const (
	requestFields = "Authorization, Content-Type, Content-Encoding, DPoP, Idempotency-Key, If-Match, If-None-Match, " +
		"If-Modified-Since, If-Unmodified-Since, Traceparent, Tracestate, X-Request-Id"
	answerFields = "Accept-Encoding, Accept-Patch, Allow, DPoP-Nonce, ETag, Idempotency-Replayed, Link, Location, " +
		"RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id"
)

// maxAge is for how long a browser remembers what it was allowed, in seconds.
const maxAge = "600"

// of returns the origin of a request if its pages may call, and "" otherwise.
func (o Origins) of(r *http.Request) string {
	sent := r.Header.Values("Origin")
	if len(sent) != 1 || !slices.Contains(o, sent[0]) {
		return ""
	}
	return sent[0]
}

// Open returns an answer that the page which asked for it may see, and which caches
// keep apart by origin, whoever asked. Without origins it is the answer as it is.
func (o Origins) Open(r *http.Request, reply wire.Reply) wire.Reply {
	if len(o) == 0 {
		return reply
	}
	reply = vary(reply, "Origin")
	if origin := o.of(r); origin != "" {
		reply = reply.With("Access-Control-Allow-Origin", origin).With("Access-Control-Expose-Headers", answerFields)
	}
	return reply
}

// Preflight answers a browser that asks whether a page may send a request with one of
// the methods (Fetch, §3.2.2). Ok is false if the request asks for something else, or
// its origin may not call.
func (o Origins) Preflight(r *http.Request, methods []string) (reply wire.Reply, ok bool) {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" || o.of(r) == "" {
		return wire.Reply{}, false
	}
	reply = wire.Empty(http.StatusNoContent).
		With("Access-Control-Allow-Methods", strings.Join(methods, ", ")).
		With("Access-Control-Allow-Headers", requestFields).
		With("Access-Control-Max-Age", maxAge)
	return vary(reply, "Access-Control-Request-Method, Access-Control-Request-Headers"), true
}

// vary returns an answer that depends on more header fields.
func vary(reply wire.Reply, fields string) wire.Reply {
	if before := reply.Header["Vary"]; before != "" {
		fields = before + ", " + fields
	}
	return reply.With("Vary", fields)
}
