package server

import (
	"context"
	"net/http"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// roomWork answers a request on a service, which may stand in a transaction.
type roomWork func(context.Context, *rooms.Service) (wire.Reply, error)

// once answers a request that may carry an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). With the same
// key the same user of the same application gets the same answer from the same route for 24 hours. A refusal of what
// did not begin, because the input or the caller is not right, is not kept: nothing was done that could be done twice.
func (e *roomEndpoints) once(c *call, caller rooms.Caller, do roomWork) (wire.Reply, error) {
	key, err := wire.IdempotencyKey(c.request)
	if err != nil {
		return wire.Reply{}, err
	}
	if key == "" {
		return do(c.context(), e.service)
	}
	if e.requests == nil {
		return wire.Reply{}, rooms.ErrUnsupported
	}
	request := once.Request{Route: c.request.Method + " " + c.pattern, Key: key, Fingerprint: c.body.Fingerprint(c.path)}
	work := func(ctx context.Context, service *rooms.Service) ([]byte, error) {
		reply, err := do(ctx, service)
		return keep(c, reply, err)
	}
	kept, replayed, err := e.requests.Do(c.context(), caller, request, work)
	if err != nil {
		return wire.Reply{}, err
	}
	reply, err := wire.ReplyOf(kept)
	if err == nil && replayed {
		reply = reply.With("Idempotency-Replayed", "true")
	}
	return reply, err
}

// keep returns an answer in the form in which it is kept. A conflict with what is there is kept as the answer to the
// request, and returned beside that; any other error is returned alone.
func keep(c *call, reply wire.Reply, err error) ([]byte, error) {
	c.err = nil // of an attempt that the store undid to try again
	if err != nil {
		reply = c.refuse(err)
	}
	if err != nil && reply.Status != http.StatusConflict {
		return nil, err
	}
	return reply.Kept(), err
}
