package registry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/clock"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
)

const (
	// housekeepEvery is how often a process keeps what it noted, and one of them forgets what has expired.
	housekeepEvery = time.Minute
	// purgeBatch is how many rows one statement removes, so that none holds locks for long.
	purgeBatch = 1000
	// leaseFor is how long the elected process stays so without renewing it.
	leaseFor = 3 * housekeepEvery
	// housekeepFor is how long one round may take. What it does not manage the next one does.
	housekeepFor = 30 * time.Second
)

// Run does between requests what no request waits for, until ctx ends: it keeps when secrets were last used, of all
// processes an elected one forgets what has expired, and [Registry.Memory] may answer. It passes errors to report,
// unless that is nil, and tries again.
func (r *Registry) Run(ctx context.Context, report func(error)) {
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Go(func() { r.memory.Run(ctx, report) })
	tick := time.NewTicker(housekeepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.saveLast(ctx, report)
			return
		case <-tick.C:
		}
		if err := within(ctx, housekeepFor, r.Housekeep); err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
	}
}

// saveLast keeps the uses noted since, in the little time that is left.
func (r *Registry) saveLast(ctx context.Context, report func(error)) {
	if err := within(context.WithoutCancel(ctx), workFor, r.SaveUses); err != nil && report != nil {
		report(err)
	}
}

// Housekeep is one round of Run.
func (r *Registry) Housekeep(ctx context.Context) error {
	elected, err := r.elected(ctx, "purge")
	if elected {
		err = r.Purge(ctx)
	}
	return errors.Join(err, r.SaveUses(ctx))
}

// elected reports whether this process is the one that does the work. If it stops, another is elected when its lease
// has run out. A lease that ends later than one can was made by a clock that was ahead, and does not count.
func (r *Registry) elected(ctx context.Context, work string) (bool, error) {
	now := r.now()
	elected, err := rows.Affected(r.db.ExecContext(ctx, r.sql(`INSERT INTO {leases} AS l (name, holder, expires_at)
		VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
		WHERE l.holder = excluded.holder OR l.expires_at <= ? OR l.expires_at > ?`),
		work, r.id, now.Add(leaseFor), now, now.Add(leaseFor+clock.Tolerance)))
	if err != nil {
		return false, fmt.Errorf("registry: electing who does the %s: %w", work, err)
	}
	return elected, nil
}

// Purge forgets revocations of tokens and uses of assertions and proofs that have expired, and records of changes that
// were kept for long enough, in small batches.
// Any number of processes may call it; what one removes the others do not find.
func (r *Registry) Purge(ctx context.Context) error {
	for _, statement := range []string{
		`DELETE FROM {revoked_tokens} WHERE token_id IN
			(SELECT token_id FROM {revoked_tokens} WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
		`DELETE FROM {used_assertions} WHERE (client_id, assertion_id) IN
			(SELECT client_id, assertion_id FROM {used_assertions} WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
		`DELETE FROM {used_proofs} WHERE proof_id IN
			(SELECT proof_id FROM {used_proofs} WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
		`DELETE FROM {authority_changes} WHERE (epoch, kind, subject) IN
			(SELECT epoch, kind, subject FROM {authority_changes} WHERE created_at < ?
				AND epoch < (SELECT epoch FROM {authority_epoch} WHERE name = 'epoch') ORDER BY created_at LIMIT ?)`,
	} {
		if err := r.purge(ctx, r.sql(statement)); err != nil {
			return fmt.Errorf("registry: forgetting what has expired: %w", err)
		}
	}
	if r.config.KeepAudit < 0 {
		return nil
	}
	return audit.Forget(ctx, r.db, r.config.KeepAudit)
}

// purge runs a statement until it finds less than a batch.
func (r *Registry) purge(ctx context.Context, statement string) error {
	for {
		result, err := r.db.ExecContext(ctx, statement, r.now().Add(-time.Minute), purgeBatch)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n < purgeBatch {
			return err
		}
	}
}
