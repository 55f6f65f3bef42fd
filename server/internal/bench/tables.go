//go:build linux

package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/anteroom-go/anteroom/server/internal/bench/floor"
)

// copyForFloor gives the floor tables of its own: the same rows, keys and indexes, without the program's triggers.
func (w *world) copyForFloor(ctx context.Context, dir string, config *floor.Config) error {
	if strings.HasPrefix(w.url, "file:") {
		config.Database, config.Prefix = "file:"+filepath.Join(dir, "floor.db"), "anteroom_"
		return copySQLite(ctx, w.url, filepath.Join(dir, "floor.db"))
	}
	config.Database, config.Prefix = w.url, "floor."
	conn, err := pgx.Connect(ctx, w.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, statement := range []string{
		"CREATE SCHEMA floor",
		`CREATE TABLE floor.rooms (LIKE anteroom.rooms INCLUDING ALL);
			CREATE TABLE floor.room_members (LIKE anteroom.room_members INCLUDING ALL)`,
		"ALTER TABLE floor.room_members ADD FOREIGN KEY (room_id) REFERENCES floor.rooms (id)",
		`INSERT INTO floor.rooms SELECT * FROM anteroom.rooms;
			INSERT INTO floor.room_members SELECT * FROM anteroom.room_members`,
		"VACUUM ANALYZE floor.rooms, floor.room_members",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// copySQLite copies a database and takes its triggers away.
func copySQLite(ctx context.Context, from, path string) error {
	db, err := sql.Open("sqlite", from)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return err
	}
	copied, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	defer copied.Close()
	if _, err := copied.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	return dropTriggers(ctx, copied)
}

// dropTriggers drops all triggers of a SQLite database.
func dropTriggers(ctx context.Context, copied *sql.DB) error {
	var drop []string
	rows, err := copied.QueryContext(ctx, "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return err
		}
		drop = append(drop, statement)
	}
	for _, statement := range drop {
		if _, err := copied.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return rows.Err()
}

// median returns the middle one of some values.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
