package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/answers"
)

// What a log record may hold of what others wrote, in bytes: a record has at most 8 KiB, also where every character
// of an error is escaped by six.
const (
	maxLoggedError  = 1 << 10
	maxLoggedPanic  = 512
	maxLoggedStack  = 3 << 10
	maxLoggedMethod = 32
)

// log writes the one record of a request, and tells the observer.
func (s *Server) log(c *call) {
	duration := s.config.Now().Sub(c.started)
	s.config.Observer.answered(c, duration)
	level := slog.LevelInfo
	if c.status >= http.StatusInternalServerError && !errors.Is(c.err, errDraining) {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("request_id", c.requestID), slog.String("method", cut(c.request.Method, maxLoggedMethod)),
		slog.String("route", c.pattern), slog.Int("status", c.status), slog.Int("bytes", c.bytes),
		slog.Duration("duration", duration), slog.String("remote", c.from.Remote),
	}
	attrs = appendTexts(attrs, logText{"client_id", c.client}, logText{"user_id", c.user}, logText{"room_id", c.room})
	if c.err != nil {
		attrs = append(attrs, slog.String("error", cut(c.err.Error(), maxLoggedError)))
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
		slog.String("cause", cut(fmt.Sprint(cause), maxLoggedPanic)),
		slog.String("stack", cut(string(debug.Stack()), maxLoggedStack)))
	err := answers.ErrInternal.Because(fmt.Errorf("panic: %v", cause))
	if c.status != 0 {
		c.err = err
		panic(http.ErrAbortHandler) // too late for an answer: end the connection
	}
	c.write(c.refuse(err))
}

// audit writes an event to the log, under the id of its request, and passes it on to the host.
func (s *Server) audit(ctx context.Context, event delegation.Event) {
	attrs := appendTexts([]slog.Attr{slog.String("event", string(event.Kind))},
		logText{"request_id", requestID(ctx)}, logText{"client_id", event.ClientID}, logText{"user_id", event.UserID},
		logText{"reason", string(event.Reason)}, logText{"scopes", event.Scopes.String()},
		logText{"token_id", event.TokenID}, logText{"key_id", event.KeyID}, logText{"secret_id", event.SecretID})
	s.config.Logger.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
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

type logText struct{ key, value string }

// appendTexts appends those of the texts that are not empty.
func appendTexts(attrs []slog.Attr, texts ...logText) []slog.Attr {
	for _, text := range texts {
		if text.value != "" {
			attrs = append(attrs, slog.String(text.key, text.value))
		}
	}
	return attrs
}

// cut returns at most so many bytes of a text, without a torn character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
