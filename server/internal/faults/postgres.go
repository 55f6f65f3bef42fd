//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

func postgresFaults() []fault {
	return []fault{
		{"postgres-stopped", "PostgreSQL is stopped and started", postgresStopped},
		{"postgres-hung", "PostgreSQL is there and says nothing (SIGSTOP)", postgresHung},
		{"postgres-restarted", "PostgreSQL crashes and recovers, again and again", postgresRestarted},
		{"postgres-connections", "PostgreSQL has no connections left", postgresConnections},
		{"postgres-readonly", "PostgreSQL becomes read-only", postgresReadonly},
		{"postgres-terminated", "backends of PostgreSQL are terminated at random", postgresTerminated},
		{"postgres-disk-full", "the disk of PostgreSQL is full", postgresDiskFull},
	}
}

func postgresStopped(ctx context.Context, t *trial) (string, error) {
	s, server, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	return outage{stand: s, length: pick(t, 15*time.Second, 4*time.Second),
		begin: func(context.Context) error { server.Stop(syscall.SIGINT); return nil },
		end:   server.Start,
	}.run(ctx)
}

func postgresHung(ctx context.Context, t *trial) (string, error) {
	s, server, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	return outage{stand: s, length: pick(t, 40*time.Second, 9*time.Second),
		begin: func(context.Context) error { server.Freeze(); return nil },
		end:   func(context.Context) error { server.Thaw(); return nil },
	}.run(ctx)
}

func postgresRestarted(ctx context.Context, t *trial) (string, error) {
	s, server, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	crash := func(ctx context.Context) error {
		for range pick(t, 6, 2) {
			server.Stop(syscall.SIGQUIT)
			pass(ctx, 300*time.Millisecond)
			if err := server.Start(ctx); err != nil {
				return err
			}
			pass(ctx, time.Second)
		}
		return nil
	}
	return outage{stand: s, begin: crash, end: nothing, tolerant: true}.run(ctx)
}

func nothing(context.Context) error { return nil }

// postgresConnections takes every connection that the server gives to the program's
// user, those of the program too.
func postgresConnections(ctx context.Context, t *trial) (string, error) {
	s, server, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	var taken []*pgx.Conn
	release := func(ctx context.Context) error {
		for _, conn := range taken {
			_ = conn.Close(ctx)
		}
		taken = nil
		return nil
	}
	t.cleanup(func() { _ = release(context.WithoutCancel(ctx)) })
	take := func(ctx context.Context) error {
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
			if conn, err := server.Connect(ctx, "anteroom", "template1"); err == nil {
				taken = append(taken, conn)
				continue
			}
			if len(taken) >= connections-3 { // three are the superuser's
				return nil
			}
			_ = server.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE usename = 'anteroom' AND datname LIKE 'faults%'`)
		}
		return fmt.Errorf("only %d connections were taken", len(taken))
	}
	return outage{stand: s, length: pick(t, 15*time.Second, 4*time.Second), begin: take, end: release}.run(ctx)
}

func postgresReadonly(ctx context.Context, t *trial) (string, error) {
	s, server, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	set := func(statement string) func(context.Context) error {
		return func(ctx context.Context) error {
			if err := server.Exec(ctx, statement); err != nil {
				return err
			}
			return server.Exec(ctx, "SELECT pg_reload_conf()")
		}
	}
	reset := set("ALTER SYSTEM RESET default_transaction_read_only")
	t.cleanup(func() { _ = reset(context.WithoutCancel(ctx)) })
	return outage{stand: s, length: pick(t, 15*time.Second, 4*time.Second),
		begin: set("ALTER SYSTEM SET default_transaction_read_only = on"),
		end: func(ctx context.Context) error {
			// The session of the superuser is read-only too, which ALTER SYSTEM does not mind.
			return reset(ctx)
		},
	}.run(ctx)
}

func postgresTerminated(ctx context.Context, t *trial) (string, error) {
	s, server, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	terminate := func(ctx context.Context) error {
		for deadline := time.Now().Add(pick(t, 15*time.Second, 3*time.Second)); time.Now().Before(deadline); {
			err := server.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE usename = 'anteroom' ORDER BY random() LIMIT 1`)
			if err != nil {
				return err
			}
			pass(ctx, 50*time.Millisecond)
		}
		return nil
	}
	return outage{stand: s, begin: terminate, end: nothing, tolerant: true, unseen: true}.run(ctx)
}

// postgresDiskFull has the tables on a small disk of their own and fills it.
func postgresDiskFull(ctx context.Context, t *trial) (string, error) {
	server, err := t.postgres(ctx)
	if err != nil {
		return "", err
	}
	disk, tables, err := t.diskForTables()
	if err != nil {
		return "", err
	}
	if err := server.Exec(ctx, "CREATE TABLESPACE small LOCATION '"+tables+"'"); err != nil {
		return "", err
	}
	t.cleanup(func() { _ = server.Exec(context.WithoutCancel(ctx), "DROP TABLESPACE small") })
	s, _, err := t.onPostgres(ctx, "small")
	if err != nil {
		return "", err
	}
	filler := filepath.Join(disk, "filler")
	return outage{stand: s, length: pick(t, 20*time.Second, 7*time.Second), tolerant: true,
		begin: func(context.Context) error { return fill(filler) },
		end:   func(context.Context) error { return os.Remove(filler) },
	}.run(ctx)
}

// diskForTables mounts a small disk, and makes a directory on it that is PostgreSQL's.
func (t *trial) diskForTables() (disk, tables string, err error) {
	if disk, err = t.smallDisk(64); err != nil {
		return "", "", err
	}
	tables = filepath.Join(disk, "tables")
	return disk, tables, errors.Join(os.Mkdir(tables, 0o700), stand.Give(disk), stand.Give(tables))
}
