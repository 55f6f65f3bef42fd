package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/delegation"
)

// exchange is what is known of one request and its answer: the material of its
// log record.
type exchange struct {
	http.ResponseWriter
	requestID string
	started   time.Time
	status    int
	bytes     int
	pattern   string // the matched route; the path itself may hold anything
	room      string // the id of a room, or what has the form of one
	client    string
	user      string
	params    httprouter.Params
	err       error // what the caller was refused, or why nobody could answer
}

type exchangeKey struct{}

// exchangeOf returns the exchange that a request belongs to.
func exchangeOf(r *http.Request) *exchange {
	return r.Context().Value(exchangeKey{}).(*exchange)
}

// ServeHTTP answers one request, whatever its path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, started: s.config.Now(), requestID: requestID(r)}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), exchangeKey{}, x), requestTimeout)
	defer cancel()
	r = r.Clone(ctx)
	r.URL.Path = canonicalPath(r.URL.Path)

	h := w.Header()
	h.Set("X-Request-Id", x.requestID)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")

	defer s.log(r, x)
	defer s.recover(x, r)
	s.router.ServeHTTP(x, r)
}

// requestID returns the caller's id if it is harmless, or a new one.
func requestID(r *http.Request) string {
	if ids := r.Header.Values("X-Request-Id"); len(ids) == 1 && consists(ids[0], 1, 64, plain) {
		return ids[0]
	}
	return uuid.NewString()
}

// handle adapts a handler that returns its error to the router.
func (s *Server) handle(pattern string, handle func(http.ResponseWriter, *http.Request) error) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		x := exchangeOf(r)
		x.pattern, x.params = pattern, params
		if id := params.ByName("id"); len(id) == 36 && uuid.Validate(id) == nil {
			x.room = strings.ToLower(id)
		}
		if err := handle(w, r); err != nil {
			x.err = err
			var refusal *delegation.Refusal
			if errors.As(err, &refusal) {
				x.client = refusal.ClientID
			}
			s.writeError(w, r, err)
		}
	}
}

// recover turns a panic into a 500 without details.
func (s *Server) recover(x *exchange, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	x.err = fmt.Errorf("panic: %v", cause)
	s.config.Logger.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("request_id", x.requestID), slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
	if x.status != 0 {
		panic(http.ErrAbortHandler) // too late for an answer: end the connection
	}
	s.writeError(x, r, errInternal)
}

// log writes the one record of a request.
func (s *Server) log(r *http.Request, x *exchange) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("request_id", x.requestID), slog.String("method", r.Method), slog.String("route", x.pattern),
		slog.Int("status", x.status), slog.Int("bytes", x.bytes), slog.Duration("duration", s.config.Now().Sub(x.started)),
		slog.String("remote", r.RemoteAddr),
	}
	for _, extra := range []struct{ key, value string }{{"client_id", x.client}, {"user_id", x.user}, {"room_id", x.room}} {
		if extra.value != "" {
			attrs = append(attrs, slog.String(extra.key, extra.value))
		}
	}
	if x.err != nil {
		attrs = append(attrs, slog.String("error", x.err.Error()))
	}
	if x.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.config.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// identify notes who acts and for whom.
func (x *exchange) identify(app delegation.Application, user delegation.User) {
	x.client, x.user = app.ClientID, user.ID
}

// WriteHeader notes the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(p)
	x.bytes += n
	return n, err
}

// Unwrap serves http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }
