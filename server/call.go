package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/julienschmidt/httprouter"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/answers"
	"github.com/anteroom-go/anteroom/server/internal/clientaddr"
	"github.com/anteroom-go/anteroom/server/internal/cors"
	"github.com/anteroom-go/anteroom/server/internal/during"
	"github.com/anteroom-go/anteroom/server/internal/google/status"
	"github.com/anteroom-go/anteroom/server/internal/identity"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// call is one request on its way to its answer: what handlers read of it, and the material of its log record.
type call struct {
	request *http.Request // its context ends requestTimeout after begin
	writer  http.ResponseWriter
	path    string // in the one spelling of places.CanonicalPath
	params  httprouter.Params
	upload  wire.Upload // received before anything is asked of a store, if the route takes a body
	body    wire.Body   // judged before the handler is called

	face        bool // errors are those of google.rpc
	oauth       bool // errors are those of RFC 6749, else those of RFC 9457
	callers     *identity.Callers
	metadataURL string // where a challenge leads
	origins     cors.Origins

	from      clientaddr.Client
	requestID string
	started   time.Time
	pattern   string // of the route; the path itself may hold anything
	room      string // the id of a room, or what has the form of one
	client    string
	user      string
	status    int
	bytes     int
	err       error // what the caller was refused, or why there was no answer

	during   during.Context    // that of the request, from begin on
	cancel   func()            // ends that context
	leave    func()            // gives the place of an expensive request back
	observed func(Observation) // nil if the observer does not want to know
}

// callKey is the key of the one value that lives in the context: the call, for hooks.
type callKey struct{}

// newCall returns the call of a request, and a function that ends it.
func (s *Server) newCall(w http.ResponseWriter, r *http.Request, params httprouter.Params) (c *call, end func()) {
	c = &call{
		writer: w, path: places.CanonicalPath(r.URL.Path), params: params, metadataURL: s.places.MetadataURL,
		callers: s.callers,
		from:    clientaddr.Of(r, s.config.TrustedProxies), requestID: wire.RequestID(r),
		started: s.config.Now(), cancel: func() {}, leave: func() {},
	}
	ctx, ended := s.config.Observer.begin(r, c.requestID)
	c.request, c.observed = r, ended
	if ctx != r.Context() {
		c.request = r.WithContext(ctx)
	}
	c.room, _ = s.config.Rooms.IDs.Read(c.param("id"))
	return c, func() {
		c.cancel()
		c.leave()
	}
}

// begin begins the time in which a call must be answered.
func (c *call) begin() {
	ctx, cancel := context.WithTimeout(c.context(), requestTimeout)
	c.during = during.Context{Context: ctx, Key: callKey{}, Kept: c}
	c.request, c.cancel = c.request.WithContext(&c.during), cancel
}

// gone reports whether the caller left before there was an answer, which then is for no one: the connection ended, or
// the stream.
func (c *call) gone() bool {
	var aborted *wire.AbortedError
	return errors.As(c.err, &aborted) || errors.Is(c.context().Err(), context.Canceled)
}

func (c *call) context() context.Context { return c.request.Context() }

// param returns a parameter of the path.
func (c *call) param(name string) string { return c.params.ByName(name) }

// header returns all header fields of a name.
func (c *call) header(name string) []string { return c.request.Header.Values(name) }

// query returns the query as it was sent.
func (c *call) query() string { return c.request.URL.RawQuery }

// identify notes who acts and for whom.
func (c *call) identify(app delegation.Application, user delegation.User) {
	c.client, c.user = app.ClientID, user.ID
}

// refuse notes an error and returns the answer to it.
func (c *call) refuse(err error) wire.Reply {
	c.err = err
	var refusal *delegation.Refusal
	if errors.As(err, &refusal) {
		c.client = refusal.ClientID
	}
	if c.oauth {
		return wire.OAuthError(answers.To(err))
	}
	problem := wire.Problem(answers.To(err), c.requestID, c.callers.Challenge(c.request, c.metadataURL))
	if c.face {
		return status.Reply(c.request, answers.To(err), c.metadataURL, c.requestID, problem)
	}
	return problem
}

// abandon ends a call without an answer.
func (c *call) abandon() {
	c.status = statusGone
	panic(http.ErrAbortHandler)
}

// statusGone stands in the log for a caller who left. It is no status of HTTP and never sent; other servers log the
// same.
const statusGone = 499

// write writes the answer.
func (c *call) write(reply wire.Reply) {
	reply = c.origins.Open(c.request, reply)
	c.callers.OfferNonce(c.writer.Header(), c.request)
	c.status = reply.Status
	c.bytes = reply.Write(c.writer)
}
