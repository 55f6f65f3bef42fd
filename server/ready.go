package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// errDraining means that [Server.Drain] was called.
var errDraining = errors.New("the server is about to stop")

// Ready returns nil if the server can answer requests: what /readyz answers, for a host's own check of readiness. It
// returns an error if the server drains, if another program has given the database a schema that does not bear this
// one, or if Config.Ready returns one, which is for operators. Ctx bounds its work.
func (s *Server) Ready(ctx context.Context) error {
	if s.draining.Load() {
		return errDraining
	}
	if err := s.upkeep.Refusal(); err != nil {
		return fmt.Errorf("using the database: %w", err)
	}
	if s.config.Ready != nil {
		return s.config.Ready(ctx)
	}
	return s.reachable(ctx)
}

// reachable returns an error if the store does not answer or there is no key.
func (s *Server) reachable(ctx context.Context) error {
	if s.config.DB != nil {
		var one int // read, not executed: what is executed waits for its turn to write
		if err := s.config.DB.NewRaw("SELECT 1").Scan(ctx, &one); err != nil {
			return fmt.Errorf("reaching the store: %w", err)
		}
	}
	_, err := s.config.Keys.KeySet(ctx)
	return err
}

// ready answers if the server can answer others. A no does not tell why.
func (s *Server) ready(c *call) (wire.Reply, error) {
	if err := s.Ready(c.context()); err != nil {
		return wire.Reply{}, answers.ErrAway.Because(err)
	}
	return wire.JSON(http.StatusOK, health{Status: "ok"}), nil
}
