package main

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/form"
)

// before is what the product had: accounts and meetings with numbers, in two of which there was something.
const before = `
CREATE TABLE accounts (id BIGINT PRIMARY KEY, mail TEXT NOT NULL UNIQUE, blocked BOOLEAN NOT NULL);
CREATE TABLE meetings (id BIGINT PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
	account_id BIGINT REFERENCES accounts (id), created_at BIGINT NOT NULL, deleted_at BIGINT);
CREATE TABLE numbers (kind TEXT PRIMARY KEY, last BIGINT NOT NULL);
INSERT INTO accounts (id, mail, blocked) VALUES (1, 'alice@example.com', FALSE), (2, 'bob@example.com', FALSE);
INSERT INTO meetings (id, code, title, account_id, created_at) VALUES
	(9, 'Board', 'The board', 1, 1700000000000000), (10, 'team-standup', 'Stand-up', 1, 1700000060000000),
	(42, 'retro.2026', 'Retrospective', 1, 1700000120000000), (43, 'bobs-own', 'Bob', 2, 1700000180000000);
INSERT INTO numbers (kind, last) VALUES ('meetings', 43)`

// added is what the adapter needs beside that. The defaults are what the product's own meetings are as rooms.
const added = `
ALTER TABLE meetings ADD COLUMN source_kind TEXT NOT NULL DEFAULT 'web';
ALTER TABLE meetings ADD COLUMN source_id TEXT NOT NULL DEFAULT '';
ALTER TABLE meetings ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE meetings ADD COLUMN pin TEXT NOT NULL DEFAULT '';
ALTER TABLE meetings ADD COLUMN level TEXT NOT NULL DEFAULT 'trusted';
ALTER TABLE meetings ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE meetings ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE meetings ADD COLUMN details TEXT NOT NULL
	DEFAULT '{"AccessLevel": "trusted", "Version": 1, "Source": {"Kind": "web"}, "UpdatedAt": "2023-11-14T22:13:20Z"}';
CREATE UNIQUE INDEX meetings_pin ON meetings (pin) WHERE pin <> '';
CREATE UNIQUE INDEX meetings_external_id ON meetings (source_kind, source_id, external_id)
	WHERE external_id <> '' AND deleted_at IS NULL;
CREATE INDEX meetings_account ON meetings (account_id, id) WHERE deleted_at IS NULL`

// create makes the tables, unless they are there.
func create(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "SELECT 1 FROM meetings"); err == nil {
		return nil
	}
	for statement := range strings.SplitSeq(before+";"+added, ";\n") {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// stores returns the table as what a server works on.
func stores(db *sql.DB, spoken schema.Dialect) rooms.Stores {
	m := meetings{db, "external_id IN (SELECT value FROM json_each($11))"}
	if spoken.Name() == dialect.PG {
		m.among = "external_id IN (SELECT jsonb_array_elements_text($11::jsonb))"
	}
	next := func(ctx context.Context) (id string, err error) { // from where the product takes it
		const text = "UPDATE numbers SET last = last + 1 WHERE kind = 'meetings' RETURNING last"
		return id, db.QueryRowContext(ctx, text).Scan(&id)
	}
	return rooms.Stores{Rooms: m, IDs: &form.ID{New: next, Parse: form.Number}, Slugs: &form.Slug{Parse: form.Exact}}
}
