package once

import (
	"context"
	"errors"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// attempt is one attempt to answer a request.
type attempt struct {
	id     ID
	holder string
	config Config
}

// reserve makes the request the attempt's to answer, or returns the answer that
// was kept. It returns [ErrReused] or [ErrRunning] if neither is possible.
func (a attempt) reserve(ctx context.Context, fingerprint string) (Reservation, error) {
	now := a.config.Now().UTC().Truncate(time.Microsecond)
	lease := Lease{Holder: a.holder, Now: now, Until: now.Add(answerWithin), KeepUntil: now.Add(keepAnswers)}
	found, err := a.config.Store.Reserve(ctx, a.id, fingerprint, lease)
	switch {
	case err != nil:
		return Reservation{}, err
	case found.Fingerprint != fingerprint:
		return Reservation{}, ErrReused
	case !found.Answered && !found.Held:
		return Reservation{}, ErrRunning
	}
	return found, nil
}

// answer does what is asked for and keeps the answer. Whatever ends it without an
// answer, a panic too, releases the request.
func (a attempt) answer(ctx context.Context, do func(context.Context, *rooms.Service) ([]byte, error)) (
	answer []byte, err error) {
	kept := false
	defer func() {
		if !kept {
			answer, err = nil, errors.Join(err, a.release(ctx))
		}
	}()
	var refused error
	err = a.config.Store.AnswerInTx(ctx, a.id, a.holder, func(ctx context.Context, tx rooms.Tx) ([]byte, error) {
		answer, refused = do(ctx, a.config.Service.On(tx.Stores))
		if len(answer) > MaxAnswer {
			answer, refused = nil, errors.Join(ErrAnswerSize, refused)
		}
		return answer, refused
	})
	if refused != nil && len(answer) > 0 { // what was done is undone; the refusal is the answer
		err = a.config.Store.Answer(ctx, a.id, a.holder, answer)
	}
	kept = err == nil
	return answer, err
}

// release makes the request free to be sent again, also when its sender has gone.
func (a attempt) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return a.config.Store.Release(ctx, a.id, a.holder)
}
