package server

import (
	"context"
	"log/slog"

	"github.com/anteroom-go/anteroom/delegation"
)

// audit writes an event to the log, under the id of its request, and passes it
// on to the host.
func (s *Server) audit(ctx context.Context, event delegation.Event) {
	attrs := []slog.Attr{slog.String("event", string(event.Kind))}
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		attrs = append(attrs, slog.String("request_id", x.requestID))
	}
	for _, known := range []struct{ key, value string }{
		{"client_id", event.ClientID}, {"user_id", event.UserID}, {"reason", string(event.Reason)},
		{"scopes", event.Scopes.String()}, {"token_id", event.TokenID}, {"key_id", event.KeyID}, {"secret_id", event.SecretID},
	} {
		if known.value != "" {
			attrs = append(attrs, slog.String(known.key, known.value))
		}
	}
	s.config.Logger.LogAttrs(ctx, slog.LevelInfo, "audit", attrs...)
	if s.config.OnEvent != nil {
		s.config.OnEvent(ctx, event)
	}
}
