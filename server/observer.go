package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Observer receives what a [Server] does, for metrics and traces of a host's choice. Its functions are called by the
// goroutine of the request and must not wait. Any of them may be nil; the zero Observer receives nothing and costs
// nothing.
//
// What they receive holds no token, no secret and no address, but for the request itself. SQL is observed where it is
// sent: by a bun.QueryHook on Config.DB.
type Observer struct {
	// Request is called when a request begins, with the id under which the log has it. It returns the context in which the
	// request is answered, and a function that is called once when the answer is written; nil is not called.
	Request func(r *http.Request, id string) (ctx context.Context, end func(Observation))
	// Signing is called before a token is signed. It returns a function that is called with the outcome.
	Signing func(ctx context.Context) (end func(err error))
	// TokenIssued is called for each token that was issued, and TokenRefused for each that was refused. The client id is
	// empty if no application has the one that was sent.
	TokenIssued  func(ctx context.Context, clientID string)
	TokenRefused func(ctx context.Context, clientID string, reason delegation.Reason)
	// Unauthenticated is called for each caller who did not prove who they are, by the credentials of an application or by
	// a token. The reason is a [delegation.Reason], or the code of the answer, such as missing_token.
	Unauthenticated func(ctx context.Context, clientID, reason string)
	// OverQuota is called for each request that was refused for its number. The class is a [rates.Class]; "concurrent" for
	// expensive requests at once; or "attempts" for failed attempts to authenticate.
	OverQuota func(ctx context.Context, clientID, class string)
	// StoreError is called for each request that was not answered because a store, or another contract, returned an error
	// that is not one of its refusals. The error is for operators: what a host's own contracts put into it is theirs.
	StoreError func(ctx context.Context, err error)
}

// Observation is how a request was answered. Method and Route are one of few texts each, whatever was sent.
type Observation struct {
	// Method is the method of the request, or "other" if HTTP has no such method.
	Method string
	// Route is the pattern of the route below its base, such as /rooms/:id, or "other" if there is none.
	Route string
	// Status is the status of the answer, and Bytes is the length of its body. Status is 499 if the caller left before
	// there was an answer, and 0 if the connection was ended instead.
	Status, Bytes int
	// Duration is how long it took.
	Duration time.Duration
	// ClientID is the application that asked; empty if that is not known.
	ClientID string
}

// other stands for what has no name among few.
const other = "other"

// begin tells the observer that a request begins.
func (o Observer) begin(r *http.Request, id string) (ctx context.Context, end func(Observation)) {
	if o.Request == nil {
		return r.Context(), nil
	}
	return o.Request(r, id)
}

// answered tells the observer how a call was answered.
func (o Observer) answered(c *call, duration time.Duration) {
	if c.err != nil {
		o.failed(c)
	}
	if c.observed == nil {
		return
	}
	observation := Observation{Method: other, Route: c.pattern, Status: c.status, Bytes: c.bytes,
		Duration: duration, ClientID: c.client}
	if wire.IsMethod(c.request.Method) {
		observation.Method = c.request.Method
	}
	if observation.Route == "" {
		observation.Route = other
	}
	c.observed(observation)
}

// failed tells the observer why a call failed, if that is of interest.
func (o Observer) failed(c *call) {
	var refusal *delegation.Refusal
	var known wire.Error
	refused, foreseen := errors.As(c.err, &refusal), errors.As(c.err, &known)
	if foreseen && known.Status == http.StatusTooManyRequests && known.Code == answers.ErrAway.Code {
		o.overQuota(c, "attempts")
	}
	switch {
	case refused && (errors.Is(refusal, delegation.ErrInvalidClient) || errors.Is(refusal, delegation.ErrInvalidToken)):
		o.unauthenticated(c, string(refusal.Reason))
	case foreseen && known.Status == http.StatusUnauthorized:
		o.unauthenticated(c, known.Code)
	case o.StoreError != nil && !foreseen && !c.gone() && answers.To(c.err).Status == answers.ErrAway.Status:
		o.StoreError(c.context(), c.err)
	}
}

func (o Observer) unauthenticated(c *call, reason string) {
	if o.Unauthenticated != nil {
		o.Unauthenticated(c.context(), c.client, reason)
	}
}

// overQuota tells the observer that a call was refused for the number of calls.
func (o Observer) overQuota(c *call, class string) {
	if o.OverQuota != nil {
		o.OverQuota(c.context(), c.client, class)
	}
}

// decided tells the observer of a decision on a token request.
func (o Observer) decided(ctx context.Context, event delegation.Event) {
	switch {
	case event.Kind == delegation.EventTokenIssued && o.TokenIssued != nil:
		o.TokenIssued(ctx, event.ClientID)
	case event.Kind == delegation.EventTokenRefused && o.TokenRefused != nil:
		o.TokenRefused(ctx, event.ClientID, event.Reason)
	}
}
