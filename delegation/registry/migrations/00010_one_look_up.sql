-- +goose Up

-- What was taken back is read with the application, in one statement; nothing
-- depends on a summary of it any more.
ALTER TABLE {applications} DROP COLUMN taken_back;

ALTER TABLE {applications} DROP COLUMN revoked_until;

-- +goose Down

ALTER TABLE {applications} ADD COLUMN revoked_until TIMESTAMPTZ;

ALTER TABLE {applications} ADD COLUMN taken_back BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE {applications} SET revoked_until = (SELECT max(expires_at) FROM {revoked_tokens});

UPDATE {applications} SET taken_back = TRUE
    WHERE client_id IN (SELECT client_id FROM {delegations} WHERE opted_out OR generation > 0);
