// Package hosting notes in a database which parts of its server a host brought of its
// own, so that programs without those parts do not act as if they knew them.
package hosting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/by"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// Part is a part of a server that a host can bring of its own.
type Part string

// The parts.
const (
	Users        Part = "users"
	Applications Part = "applications"
	Keys         Part = "signing keys"
	Rooms        Part = "rooms"
)

// Own returns the parts that are a host's own.
func Own(users, applications, keys, rooms bool) (parts []Part) {
	for _, one := range []struct {
		part Part
		own  bool
	}{{Users, users}, {Applications, applications}, {Keys, keys}, {Rooms, rooms}} {
		if one.own {
			parts = append(parts, one.part)
		}
	}
	return parts
}

// Note says which program serves a database with parts of its own. The zero Note says
// that none does.
type Note struct {
	Program string
	Parts   []Part
}

type partRow struct {
	Part    Part      `bun:"part"`
	Program string    `bun:"program"`
	Since   time.Time `bun:"since"`
}

// Read returns the note in a database.
func Read(ctx context.Context, db bun.IDB) (note Note, err error) {
	var rows []partRow
	query := tables.SQL(db, "SELECT h.part, h.program, h.since FROM {host_parts} AS h ORDER BY h.part")
	if err := db.NewRaw(query).Scan(ctx, &rows); err != nil {
		return Note{}, fmt.Errorf("reading which program has parts of its own: %w", err)
	}
	for _, row := range rows {
		note.Program, note.Parts = row.Program, append(note.Parts, row.Part)
	}
	return note, nil
}

// Keep replaces the note, records that, and writes nothing if it is there already. The zero Note ends it.
func Keep(ctx context.Context, db bun.IDB, note Note) error {
	slices.Sort(note.Parts)
	there, err := Read(ctx, db)
	if err != nil || there.Program == note.Program && slices.Equal(there.Parts, note.Parts) {
		return err
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, tables.SQL(tx, "DELETE FROM {host_parts}")); err != nil {
			return err
		}
		for _, part := range note.Parts {
			insert := "INSERT INTO {host_parts} (part, program, since) VALUES (?, ?, ?) ON CONFLICT (part) DO NOTHING"
			if _, err := tx.ExecContext(ctx, tables.SQL(tx, insert), part, note.Program, time.Now().UTC()); err != nil {
				return err
			}
		}
		return audit.Append(by.Server(ctx), tx, audit.Change{Kind: audit.HostPartsNoted,
			Before: audit.Values{"program": there.Program, "parts": there.Parts},
			After:  audit.Values{"program": note.Program, "parts": note.Parts}})
	})
	if err != nil {
		return fmt.Errorf("noting which program has parts of its own: %w", err)
	}
	return nil
}

// Common returns which of the parts stand in both lists, for people.
func Common(some, others []Part) string {
	var both []string
	for _, part := range some {
		if slices.Contains(others, part) {
			both = append(both, string(part))
		}
	}
	return strings.Join(both, ", ")
}
