package rooms

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// sameRequest is the condition on room_requests that a request has the id.
const sameRequest = `source_kind = ? AND source_id = ? AND user_id = ? AND route = ? AND key = ?`

func (id RequestID) args(more ...any) []any {
	return append([]any{id.SourceKind, id.SourceID, id.User, id.Route, id.Key}, more...)
}

// Reserve implements [RequestStore]. The primary key decides which of two
// requests comes first.
func (s *SQLStore) Reserve(ctx context.Context, id RequestID, fingerprint string, lease Lease) (Reservation, error) {
	_, err := s.db.ExecContext(ctx, `INSERT INTO room_requests AS q
			(source_kind, source_id, user_id, route, key, fingerprint, holder, locked_until, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (source_kind, source_id, user_id, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,
			holder = excluded.holder, locked_until = excluded.locked_until, expires_at = excluded.expires_at, answer = NULL
		WHERE q.expires_at <= ? OR q.answer IS NULL AND q.locked_until <= ? AND q.fingerprint = excluded.fingerprint`,
		id.args(fingerprint, lease.Holder, lease.Until, lease.KeepUntil, lease.Now, lease.Now)...)
	if err != nil {
		return Reservation{}, fmt.Errorf("rooms: reserving a request: %w", err)
	}
	var found struct {
		Fingerprint, Holder string
		Answer              *string
	}
	err = s.db.NewRaw(`SELECT fingerprint, holder, answer FROM room_requests WHERE `+sameRequest, id.args()...).Scan(ctx, &found)
	switch {
	case errors.Is(err, sql.ErrNoRows): // somebody let go of it just now
		return Reservation{Fingerprint: fingerprint}, nil
	case err != nil:
		return Reservation{}, fmt.Errorf("rooms: reserving a request: %w", err)
	}
	r := Reservation{Held: found.Holder == lease.Holder, Fingerprint: found.Fingerprint}
	if found.Answer != nil {
		r.Answer, err = base64.StdEncoding.DecodeString(*found.Answer)
	}
	return r, err
}

// Answer implements [RequestStore].
func (s *SQLStore) Answer(ctx context.Context, id RequestID, holder string, answer []byte) error {
	result, err := s.db.ExecContext(ctx, `UPDATE room_requests SET answer = ? WHERE answer IS NULL AND holder = ? AND `+sameRequest,
		append([]any{base64.StdEncoding.EncodeToString(answer), holder}, id.args()...)...)
	kept, err := affected(result, err)
	if err != nil {
		return fmt.Errorf("rooms: keeping an answer: %w", err)
	}
	if !kept {
		return ErrRequestRunning
	}
	return nil
}

// Release implements [RequestStore].
func (s *SQLStore) Release(ctx context.Context, id RequestID, holder string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM room_requests WHERE answer IS NULL AND holder = ? AND `+sameRequest,
		append([]any{holder}, id.args()...)...)
	if err != nil {
		return fmt.Errorf("rooms: releasing a request: %w", err)
	}
	return nil
}

// ForgetRequests implements [RequestStore].
func (s *SQLStore) ForgetRequests(ctx context.Context, now time.Time, limit int) (int, error) {
	const id = `(source_kind, source_id, user_id, route, key)`
	result, err := s.db.ExecContext(ctx, `DELETE FROM room_requests WHERE expires_at <= ? AND `+id+` IN
		(SELECT source_kind, source_id, user_id, route, key FROM room_requests WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, now, limit)
	if err != nil {
		return 0, fmt.Errorf("rooms: forgetting requests: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}
