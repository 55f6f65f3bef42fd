-- +goose Up

-- The id that a room had in another product, which callers go on using. The room's own
-- id stays what lists are ordered by: it is made of the time of creation. Empty is
-- NULL. Upgrade every program before rooms are imported: one that does not know the
-- column shows them under their own ids.
ALTER TABLE {rooms} ADD COLUMN imported_id TEXT;

CREATE UNIQUE INDEX {.rooms_imported_id} ON {rooms} (imported_id) WHERE imported_id IS NOT NULL;

-- +goose Down

DROP INDEX {rooms_imported_id};

ALTER TABLE {rooms} DROP COLUMN imported_id;
