//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// failover crashes the first of two PostgreSQL servers under load and promotes the
// second one, which has every commit before it is acknowledged.
func failover(ctx context.Context, t *trial) (string, error) {
	var figure string
	for range pick(t, 3, 1) {
		one, err := failoverOnce(ctx, t)
		if figure != "" {
			figure += "; "
		}
		if figure += one; err != nil {
			return figure, err
		}
	}
	return figure, nil
}

func failoverOnce(ctx context.Context, t *trial) (string, error) {
	primary, standby, err := pair(ctx, t)
	if err != nil {
		return "", err
	}
	name, err := primary.Database(ctx, "")
	if err != nil {
		return "", err
	}
	dir, err := t.scratch()
	if err != nil {
		return "", err
	}
	url := fmt.Sprintf("postgres://anteroom@127.0.0.1:%d,127.0.0.1:%d/%s?sslmode=disable&target_session_attrs=read-write",
		primary.Port, standby.Port, name)
	s, err := stand.New(ctx, t.binary, dir, url)
	if err != nil {
		return "", err
	}
	return outage{stand: s, length: 2 * time.Second,
		begin: func(context.Context) error { primary.Stop(syscall.SIGQUIT); return nil },
		end: func(ctx context.Context) error {
			if err := standby.Exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = ''"); err != nil {
				return err
			}
			return standby.Exec(ctx, "SELECT pg_reload_conf(), pg_promote()")
		},
	}.run(ctx)
}

// pair starts two servers. The first one acknowledges a commit when the second one
// has it.
func pair(ctx context.Context, t *trial) (primary, standby *stand.Postgres, err error) {
	primary, err = stand.NewPostgres(ctx, "max_connections=60", "synchronous_commit=on")
	if err != nil {
		return nil, nil, err
	}
	t.cleanup(primary.Remove)
	standby, err = primary.Standby(ctx)
	if err != nil {
		return nil, nil, err
	}
	t.cleanup(standby.Remove)
	for _, statement := range []string{
		"ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()",
	} {
		if err := primary.Exec(ctx, statement); err != nil {
			return nil, nil, err
		}
	}
	return primary, standby, follows(ctx, primary)
}

// follows waits until the standby is synchronous.
func follows(ctx context.Context, primary *stand.Postgres) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); pass(ctx, 100*time.Millisecond) {
		err := primary.Exec(ctx, `SELECT 1 / count(*) FROM pg_stat_replication WHERE sync_state = 'sync'`)
		if err == nil {
			return nil
		}
	}
	return errors.New("the standby is not synchronous after 20s")
}
