-- +goose Up

-- The limits that an application has instead of the server's, as operators write
-- them; empty if it has none.
ALTER TABLE {applications} ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE {applications} DROP COLUMN rate_limits;
