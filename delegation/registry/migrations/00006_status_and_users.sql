-- +goose Up

-- What was taken back is read with the application, so it need not be known
-- until when a token is revoked.
ALTER TABLE applications DROP COLUMN revoked_until;

-- A user who is deleted takes the delegations along.
CREATE INDEX delegations_user ON delegations (user_id);

-- +goose Down

DROP INDEX delegations_user;

ALTER TABLE applications ADD COLUMN revoked_until TIMESTAMPTZ;

UPDATE applications SET revoked_until = (SELECT max(expires_at) FROM revoked_tokens);
