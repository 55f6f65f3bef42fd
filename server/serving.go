package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/server/internal/admission"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/quota"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// serve answers a call by its route.
func (s *Server) serve(c *call, rt route) (wire.Reply, error) {
	if err := s.upkeep.Refusal(); err != nil && rt.public == nil {
		return wire.Reply{}, fmt.Errorf("using the database: %w", err)
	}
	switch {
	case rt.guarded != nil:
		return s.serveGuarded(c, rt)
	case rt.client != nil:
		return s.serveClient(c, rt)
	}
	if err := wire.Unguarded(c.request, rt.tagged); err != nil {
		return wire.Reply{}, err
	}
	return rt.public(c)
}

// serveGuarded answers a call with a token, or with what the host takes beside it: first who asks, then how often,
// then what for, then the input, and last how many at once. A token that is not good counts for no application, so
// that whoever holds one takes nothing from it.
func (s *Server) serveGuarded(c *call, rt route) (wire.Reply, error) {
	grant, err := s.callers.Grant(c.request)
	if err != nil {
		return wire.Reply{}, err
	}
	c.identify(grant.Application, grant.User)
	holder := quota.Holder{ClientID: grant.Application.ClientID, UserID: grant.User.ID, Own: grant.Application.RateLimits}
	if err := s.count(c, rt.class, holder); err != nil {
		return wire.Reply{}, err
	}
	if err := cmp.Or(grant.Require(rt.scope), wire.Unguarded(c.request, rt.tagged)); err != nil {
		return wire.Reply{}, err
	}
	if err := c.readBody(rt); err != nil {
		return wire.Reply{}, err
	}
	if err := s.enter(c, rt, holder); err != nil {
		return wire.Reply{}, err
	}
	return rt.guarded(c, callerOf(grant))
}

// count counts a call against the quotas, and tells the caller what is left.
func (s *Server) count(c *call, class rates.Class, holder quota.Holder) error {
	usage, err := s.meters.Count(c.context(), class, holder)
	if err != nil {
		return err
	}
	usage.Describe(c.writer.Header())
	if usage.Wait > 0 {
		s.config.Observer.overQuota(c, string(class))
		return answers.Limited(usage)
	}
	return nil
}

// charge counts a call of a client that has authenticated.
func (s *Server) charge(ctx context.Context, app delegation.Application, class rates.Class) error {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return answers.ErrInternal.Because(errors.New("a context without its call"))
	}
	c.client = app.ClientID
	return s.count(c, class, quota.Holder{ClientID: app.ClientID, Own: app.RateLimits})
}

// enter takes a place for an expensive call, which is given back when the answer is written, however slowly it is read.
func (s *Server) enter(c *call, rt route, holder quota.Holder) error {
	if !rt.costly {
		return nil
	}
	leave, entered := s.meters.Enter(holder)
	if !entered {
		s.config.Observer.overQuota(c, "concurrent")
		return answers.ErrCrowded
	}
	c.leave = leave
	return nil
}

// receive reads the body that the route takes, so that no store is asked and no time of the answer runs while it
// comes. What can be refused without a store is refused before that, and whoever sends more than most rooms need must
// be known.
func (s *Server) receive(c *call, rt route) (err error) {
	if rt.guarded != nil && rt.limit > 0 {
		ctx, cancel := context.WithTimeout(c.context(), requestTimeout)
		defer cancel()
		large := c.request.ContentLength < 0 || c.request.ContentLength > maxUnknownBody
		if err := s.callers.Precheck(ctx, c.request, large); err != nil {
			return err
		}
	}
	c.upload, err = wire.Receive(c.writer, c.request, rt.limit, bodyTimeout)
	return err
}

// readBody judges the body that the route takes, if it takes one.
func (c *call) readBody(rt route) (err error) {
	if len(rt.media) == 0 {
		return nil
	}
	c.body, err = c.upload.Body(c.request, rt.media...)
	var known wire.Error
	if rt.method == http.MethodPatch && errors.As(err, &known) && known.Status == http.StatusUnsupportedMediaType {
		known.AcceptPatch = strings.Join(rt.media, ", ") // RFC 5789 §2.2
		return known
	}
	return err
}

// serveClient answers a call of a client that authenticates.
func (s *Server) serveClient(c *call, rt route) (reply wire.Reply, err error) {
	unreadable := cmp.Or(wire.Unguarded(c.request, rt.tagged), c.readBody(rt))
	request, err := rt.read(oauth.Sent{Body: c.body, Authorization: c.header("Authorization"), Query: c.query(),
		Origin: c.from.Network.String()})
	if unreadable != nil {
		c.client = s.known(c.context(), request.ClaimedID())
		return wire.Reply{}, unreadable
	}
	if err == nil {
		reply, err = rt.client(c, request)
	}
	var faulty wire.Error
	switch {
	case errors.Is(err, delegation.ErrInvalidClient):
		err = s.unauthenticated(request, err)
	case errors.As(err, &faulty) && errors.Is(err, delegation.ErrInvalidRequest):
		s.attribute(c, request.ClaimedID(), err)
	}
	return reply, err
}

// attribute writes into the refusal of a faulty request which application sent it, for the log. Of a request for a
// token it makes the record that is made of each.
func (s *Server) attribute(c *call, claimed string, err error) {
	var refusal *delegation.Refusal
	if !errors.As(err, &refusal) {
		return
	}
	refusal.ClientID = s.known(c.context(), claimed)
	if c.pattern == tokenPath {
		s.audit(c.context(), delegation.Event{Kind: delegation.EventTokenRefused, ClientID: refusal.ClientID,
			Reason: refusal.Reason})
	}
}

// known returns a client id that was claimed if there is an application with it, and "" for every other text, which
// may be an address or a secret.
func (s *Server) known(ctx context.Context, claimed string) string {
	if claimed == "" {
		return ""
	}
	app, _, err := s.config.Applications.Application(ctx, claimed, "", "")
	if err != nil || app.ClientID != claimed {
		return ""
	}
	return claimed
}

// unauthenticated challenges a client that failed to authenticate, or slows it down if it failed too often. Its
// secret was checked before that, so that a correct one always works.
func (s *Server) unauthenticated(request oauth.Request, err error) error {
	if wait := s.gate.Failed(request.ClaimedID(), request.Origin); wait > 0 {
		return answers.Throttled(wait, err)
	}
	if request.Challenge {
		return answers.ErrChallengedClient.Because(err)
	}
	return err
}

// admit lets an expensive check of a secret begin when it is its turn.
func (s *Server) admit(ctx context.Context, clientID, origin string) (done func(), err error) {
	done, err = s.gate.Admit(ctx, clientID, origin)
	var busy *admission.BusyError
	if errors.As(err, &busy) {
		return nil, answers.Throttled(busy.RetryAfter, err)
	}
	return done, err
}
