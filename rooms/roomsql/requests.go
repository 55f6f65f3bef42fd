package roomsql

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
)

// Requests implements [once.Store], in transactions with the rooms of a [Store].
type Requests struct {
	db bun.IDB
}

// Requests returns the store of requests in the same database or transaction.
func (s *Store) Requests() *Requests { return &Requests{s.db} }

// sameRequest is the condition on room_requests that a row has the id.
const sameRequest = `source_kind = ? AND source_id = ? AND caller = ? AND route = ? AND key = ?`

// requestArgs returns the arguments of sameRequest, and more.
func requestArgs(id once.ID, more ...any) []any {
	caller := "user:" + id.UserID
	if id.Program {
		caller = "program"
	}
	return append([]any{id.SourceKind, id.SourceID, caller, id.Route, id.Key}, more...)
}

// Reserve implements [once.Store]. The primary key decides which of two requests
// comes first.
func (q *Requests) Reserve(ctx context.Context, id once.ID, fingerprint string,
	lease once.Lease) (once.Reservation, error) {
	_, err := q.db.ExecContext(ctx, `INSERT INTO room_requests AS q
			(source_kind, source_id, caller, route, key, fingerprint, holder, locked_until, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (source_kind, source_id, caller, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
			holder = excluded.holder, locked_until = excluded.locked_until, expires_at = excluded.expires_at, answer = NULL
		WHERE q.expires_at <= ? OR q.answer IS NULL AND q.locked_until <= ? AND q.fingerprint = excluded.fingerprint`,
		requestArgs(id, fingerprint, lease.Holder, lease.Until, lease.KeepUntil, lease.Now, lease.Now)...)
	if err != nil {
		return once.Reservation{}, fmt.Errorf("roomsql: reserving a request: %w", err)
	}
	var found struct {
		Fingerprint, Holder string
		Answer              *string
	}
	err = q.db.NewRaw(`SELECT fingerprint, holder, answer FROM room_requests WHERE `+sameRequest,
		requestArgs(id)...).Scan(ctx, &found)
	switch {
	case errors.Is(err, sql.ErrNoRows): // its holder released it just now
		return once.Reservation{Fingerprint: fingerprint}, nil
	case err != nil:
		return once.Reservation{}, fmt.Errorf("roomsql: reserving a request: %w", err)
	}
	r := once.Reservation{Held: found.Holder == lease.Holder, Fingerprint: found.Fingerprint}
	if r.Answered = found.Answer != nil; r.Answered {
		r.Answer, err = base64.StdEncoding.DecodeString(*found.Answer)
	}
	return r, err
}

// AnswerInTx implements [once.Store].
func (q *Requests) AnswerInTx(ctx context.Context, id once.ID, holder string,
	do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) error {
	return inTx(ctx, q.db, func(tx bun.Tx) error {
		answer, err := do(ctx, rooms.Tx{Stores: New(tx).Stores(), SQL: tx.Tx})
		if err != nil {
			return err
		}
		return (&Requests{tx}).Answer(ctx, id, holder, answer)
	})
}

// Answer implements [once.Store].
func (q *Requests) Answer(ctx context.Context, id once.ID, holder string, answer []byte) error {
	result, err := q.db.ExecContext(ctx,
		`UPDATE room_requests SET answer = ? WHERE answer IS NULL AND holder = ? AND `+sameRequest,
		append([]any{base64.StdEncoding.EncodeToString(answer), holder}, requestArgs(id)...)...)
	kept, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("roomsql: keeping an answer: %w", err)
	}
	if !kept {
		return once.ErrRunning
	}
	return nil
}

// Release implements [once.Store].
func (q *Requests) Release(ctx context.Context, id once.ID, holder string) error {
	_, err := q.db.ExecContext(ctx, `DELETE FROM room_requests WHERE answer IS NULL AND holder = ? AND `+sameRequest,
		append([]any{holder}, requestArgs(id)...)...)
	if err != nil {
		return fmt.Errorf("roomsql: releasing a request: %w", err)
	}
	return nil
}

// Forget implements [once.Store].
func (q *Requests) Forget(ctx context.Context, now time.Time, limit int) (int, error) {
	const key = `source_kind, source_id, caller, route, key`
	result, err := q.db.ExecContext(ctx, `DELETE FROM room_requests WHERE expires_at <= ? AND (`+key+`) IN
		(SELECT `+key+` FROM room_requests WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, now, limit)
	if err != nil {
		return 0, fmt.Errorf("roomsql: forgetting requests: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
