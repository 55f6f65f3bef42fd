-- +goose Up

-- Whether assertions may also be meant for the token endpoint, and the status of
-- refusals to act for a user; 0 is the default. Neither is read before a secret is
-- known to be right, so they may stand behind the columns that may be large.
ALTER TABLE {applications} ADD COLUMN token_endpoint_audience BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE {applications} ADD COLUMN refusal_status BIGINT NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE {applications} DROP COLUMN refusal_status;

ALTER TABLE {applications} DROP COLUMN token_endpoint_audience;
