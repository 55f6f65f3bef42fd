package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/records"
)

// log writes the one record of a request, and tells the observer.
func (s *Server) log(c *call) {
	duration := s.config.Now().Sub(c.started)
	s.config.Observer.answered(c, duration)
	level := slog.LevelInfo
	if c.status >= http.StatusInternalServerError && !errors.Is(c.err, errDraining) {
		level = slog.LevelError
	}
	attrs := append(make([]slog.Attr, 0, 11), // of which there are at most
		slog.String("request_id", c.requestID), slog.String("method", records.Method(c.request.Method)),
		slog.String("route", c.pattern), slog.Int("status", c.status), slog.Int("bytes", c.bytes),
		slog.Duration("duration", duration), slog.String("remote", c.from.Remote))
	attrs = records.Append(attrs, records.Text{Key: "client_id", Value: c.client},
		records.Text{Key: "user_id", Value: c.user}, records.Text{Key: "room_id", Value: c.room})
	if c.err != nil {
		attrs = append(attrs, slog.String("error", records.Error(c.err)))
	}
	s.config.Logger.LogAttrs(c.context(), level, "request", attrs...)
}

// recover turns a panic into an answer without details.
func (s *Server) recover(c *call) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.config.Logger.LogAttrs(c.context(), slog.LevelError, "panic", slog.String("request_id", c.requestID),
		slog.String("cause", records.Cause(cause)), slog.String("stack", records.Stack()))
	err := answers.ErrInternal.Because(fmt.Errorf("panic: %v", cause))
	if c.status != 0 {
		c.err = err
		panic(http.ErrAbortHandler) // too late for an answer: end the connection
	}
	c.write(c.refuse(err))
}

// audit writes an event to the log, under the id of its request, and passes it on to the host.
func (s *Server) audit(ctx context.Context, event delegation.Event) {
	s.config.Logger.LogAttrs(ctx, slog.LevelInfo, "audit", records.Event(event, requestID(ctx))...)
	s.config.Observer.decided(ctx, event)
	if s.config.OnEvent != nil {
		s.config.OnEvent(ctx, event)
	}
}

// requestID returns the id of the request of a context, or nothing.
func requestID(ctx context.Context) string {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c.requestID
	}
	return ""
}
