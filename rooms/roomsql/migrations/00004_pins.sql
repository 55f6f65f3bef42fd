-- +goose Up

-- A PIN is unique among the rooms that have one. Some time after a room was deleted
-- its PIN is taken from it, the first deleted rooms first.
CREATE INDEX {.rooms_held_pins} ON {rooms} (deleted_at) WHERE pin IS NOT NULL AND deleted_at IS NOT NULL;

-- +goose Down

DROP INDEX {rooms_held_pins};
