package roomsql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
)

// Requests implements [once.Store], in transactions with the rooms of a [Store].
type Requests struct {
	store *Store
}

// Requests returns the store of requests in the same database or transaction.
func (s *Store) Requests() *Requests { return &Requests{s} }

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

// Answer implements [once.Store]. Everything is one transaction, whose end, however
// it comes, is the end of the lock as well.
func (q *Requests) Answer(ctx context.Context, request once.Attempt,
	do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) (kept once.Kept, err error) {
	err = inTx(ctx, q.store.db, func(tx bun.Tx) error {
		if err := q.lock(ctx, tx, request); err != nil {
			return err
		}
		var found bool
		if kept, found, err = q.find(ctx, tx, request); found || err != nil {
			return err
		}
		kept, err = q.answer(ctx, tx, request, do)
		return err
	})
	if err != nil {
		return once.Kept{}, err
	}
	return kept, nil
}

// lock keeps other transactions from answering the request until this one ends. PostgreSQL has a lock for it that waits
// for no one and holds behind a pooler that gives connections to transactions; it returns [once.ErrRunning] if another
// transaction has it. A transaction of SQLite that has written is the only one that does, so the others wait.
func (q *Requests) lock(ctx context.Context, tx bun.Tx, request once.Attempt) error {
	locked := true
	var err error
	if isPostgres(tx) {
		err = q.store.on(tx).row(ctx, fragment{"SELECT pg_try_advisory_xact_lock(?)",
			[]any{q.store.texts.Names().Lock(lockNumber(request.ID))}}, &locked)
	} else {
		_, err = q.store.exec(ctx, tx, fragment{`DELETE FROM {room_requests} WHERE expires_at <= ? AND ` + sameRequest,
			append([]any{request.Now}, requestArgs(request.ID)...)})
	}
	switch {
	case err != nil:
		return fmt.Errorf("roomsql: locking a request: %w", err)
	case !locked:
		return once.ErrRunning
	}
	return nil
}

// lockNumber is the number under which PostgreSQL locks a request. Two requests with one number, which have to be
// looked for among 2^32 at once, only wait for each other.
func lockNumber(id once.ID) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "anteroom room_requests %q", requestArgs(id)))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// find returns the answer that is kept for the request.
func (q *Requests) find(ctx context.Context, tx bun.Tx, request once.Attempt) (kept once.Kept, found bool, err error) {
	var encoded string
	err = q.store.on(tx).row(ctx, fragment{`SELECT fingerprint, answer FROM {room_requests}
		WHERE answer IS NOT NULL AND expires_at > ? AND ` + sameRequest,
		append([]any{request.Now}, requestArgs(request.ID)...)}, &kept.Fingerprint, &encoded)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return once.Kept{}, false, nil
	case err != nil:
		return once.Kept{}, false, fmt.Errorf("roomsql: looking for an answer: %w", err)
	}
	kept.Replayed = true
	kept.Answer, err = base64.StdEncoding.DecodeString(encoded)
	return kept, true, err
}

// answer runs do behind a savepoint, so that what it did can be undone while its answer is kept.
func (q *Requests) answer(ctx context.Context, tx bun.Tx, request once.Attempt,
	do func(ctx context.Context, tx rooms.Tx) ([]byte, error)) (once.Kept, error) {
	var answer []byte
	err := inTx(ctx, tx, func(tx bun.Tx) (err error) {
		answer, err = do(ctx, rooms.Tx{Stores: q.store.on(tx).Stores(), SQL: tx.Tx})
		return err
	})
	if err != nil && len(answer) == 0 {
		return once.Kept{}, err
	}
	return once.Kept{Answer: answer, Fingerprint: request.Fingerprint}, q.keep(ctx, tx, request, answer)
}

// keep keeps the answer to a request. The version before this one does not know the lock and marks what it is answering
// by a row without an answer: of two that answer one request, the first that ends wins.
func (q *Requests) keep(ctx context.Context, tx bun.Tx, request once.Attempt, answer []byte) error {
	done, err := q.store.exec(ctx, tx, fragment{`INSERT INTO {room_requests} AS q
			(source_kind, source_id, caller, route, key, fingerprint, answer, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (source_kind, source_id, caller, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
			answer = excluded.answer, expires_at = excluded.expires_at
		WHERE q.expires_at <= ? OR q.answer IS NULL`,
		requestArgs(request.ID, request.Fingerprint, base64.StdEncoding.EncodeToString(answer), request.KeepUntil,
			request.Now)})
	if err != nil {
		return fmt.Errorf("roomsql: keeping an answer: %w", err)
	}
	if !done {
		return once.ErrRunning
	}
	return nil
}

// Forget implements [once.Store].
func (q *Requests) Forget(ctx context.Context, now time.Time, limit int) (int, error) {
	const key = `source_kind, source_id, caller, route, key`
	result, err := q.store.db.ExecContext(ctx, q.store.sql(`DELETE FROM {room_requests}
		WHERE expires_at <= ? AND (`+key+`) IN
		(SELECT `+key+` FROM {room_requests} WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`), now, now, limit)
	if err != nil {
		return 0, fmt.Errorf("roomsql: forgetting requests: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
