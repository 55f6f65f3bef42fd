package once

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/internal/hook"
)

// MaxAnswer is how many bytes of an answer are kept.
const MaxAnswer = 64 << 10

// keepAnswers is how long an answer is kept.
const keepAnswers = 24 * time.Hour

// The errors of [Requests].
var (
	// ErrReused reports that the key was used for a request with another
	// fingerprint.
	ErrReused = errors.New("once: the key was used for another request")
	// ErrRunning reports that a request with the key is being answered.
	ErrRunning = errors.New("once: the request is being answered")
	// ErrAnswerSize reports that an answer has more than [MaxAnswer] bytes: a mistake
	// of the program.
	ErrAnswerSize = errors.New("once: the answer is too large to be kept")
	// ErrRequest reports a [Request] that is not complete: a mistake of the
	// program.
	ErrRequest = errors.New("once: a request has a route, a key and a fingerprint of 1 to 255 characters")
)

// Request is a request that its sender may send again. Each field is UTF-8 of 1 to
// 255 characters, none of them a control character
// or a separator of lines.
type Request struct {
	// Route is what is asked for, such as "POST /rooms".
	Route string
	// Key distinguishes the requests of one caller for one route.
	Key string
	// Fingerprint differs where the contents of requests differ.
	Fingerprint string
}

func (r Request) valid() bool {
	for _, text := range []string{r.Route, r.Key, r.Fingerprint} {
		sized := text != "" && utf8.RuneCountInString(text) <= 255
		if !sized || !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
			return false
		}
	}
	return true
}

func unprintable(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// Config configures [Requests].
type Config struct {
	// Store keeps the answers. Required.
	Store Store
	// Service is what requests are answered by. Required; its rooms must be in
	// the transactions of Store.
	Service *rooms.Service
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// ConfigError reports one thing that is wrong with a [Config].
type ConfigError struct {
	// Field is the name of the field.
	Field string
	// Problem is what is wrong with it.
	Problem string
}

// Error returns the field and the problem.
func (e *ConfigError) Error() string { return fmt.Sprintf("once: Config.%s %s", e.Field, e.Problem) }

// Requests answers requests at most once.
type Requests struct {
	config Config
}

// New returns the requests of a configuration. It returns a [*ConfigError] for
// everything that is wrong with it, joined by [errors.Join].
func New(config Config) (*Requests, error) {
	var errs []error
	if config.Store == nil {
		errs = append(errs, &ConfigError{"Store", "is required"})
	}
	if config.Service == nil {
		errs = append(errs, &ConfigError{"Service", "is required"})
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return &Requests{config: config}, nil
}

// Do answers a request by do, or returns the answer that was kept; replayed
// reports the latter. Do gets a service in a transaction, which is kept together
// with the answer that it returns. If it returns an error, what it changed is
// undone: with an answer beside the error that answer is kept and returned without
// the error; with an empty one the error is returned. Whatever ends do without an
// answer, an error, a panic, the end of ctx or of the process, leaves nothing, and
// the request may be sent again: at once, or a moment later if a transaction is being
// rolled back by database/sql, which does not wait for that when ctx ends.
//
// Do returns [rooms.ErrCaller] or [ErrRequest] for arguments that are not valid,
// [ErrAnswerSize] if the answer is too large, so that nothing is done either,
// [rooms.ErrReentry] in a hook, [ErrReused] if the key belongs to another request, and [ErrRunning] if a request
// with the key is being answered.
func (r *Requests) Do(ctx context.Context, caller rooms.Caller, request Request,
	do func(ctx context.Context, service *rooms.Service) ([]byte, error)) (answer []byte, replayed bool, err error) {
	if err := check(ctx, caller, request); err != nil {
		return nil, false, err
	}
	kept, err := r.config.Store.Answer(ctx, r.attempt(caller, request),
		func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
			answer, err := do(ctx, r.config.Service.On(tx.Stores))
			if len(answer) > MaxAnswer {
				return nil, errors.Join(ErrAnswerSize, err)
			}
			return answer, err
		})
	switch {
	case err != nil:
		return nil, false, err
	case kept.Fingerprint != request.Fingerprint:
		return nil, false, ErrReused
	}
	return kept.Answer, kept.Replayed, nil
}

// check returns an error for arguments that are not valid. In a hook, an answer would wait for
// the transaction that waits for it.
func check(ctx context.Context, caller rooms.Caller, request Request) error {
	if err := caller.Validate(); err != nil {
		return err
	}
	switch {
	case !request.valid():
		return ErrRequest
	case hook.Running(ctx):
		return rooms.ErrReentry
	}
	return nil
}

func (r *Requests) attempt(caller rooms.Caller, request Request) Attempt {
	now := r.config.Now().UTC().Truncate(time.Microsecond)
	id := ID{SourceKind: caller.Source.Kind, SourceID: caller.Source.ID, Program: caller.Program, UserID: caller.UserID,
		Route: request.Route, Key: request.Key}
	return Attempt{ID: id, Fingerprint: request.Fingerprint, Now: now, KeepUntil: now.Add(keepAnswers)}
}

// Forget forgets the answers that were kept for long enough, in small batches. Any
// number of processes may call it.
func (r *Requests) Forget(ctx context.Context) error {
	const batch = 1000
	for {
		if n, err := r.config.Store.Forget(ctx, r.config.Now().UTC(), batch); err != nil || n < batch {
			return err
		}
	}
}
