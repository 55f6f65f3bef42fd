-- +goose Up

ALTER TABLE {applications} ADD COLUMN jwks TEXT NOT NULL DEFAULT '';

ALTER TABLE {applications} ADD COLUMN secrets_too BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE {applications} ADD COLUMN jwt_bearer BOOLEAN NOT NULL DEFAULT FALSE;

-- Assertions that were used, until they expire. The key decides which of two
-- uses came first.
CREATE TABLE {used_assertions} (
    client_id    TEXT        NOT NULL,
    assertion_id TEXT        NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (client_id, assertion_id)
);

CREATE INDEX {.used_assertions_expiry} ON {used_assertions} (expires_at);

-- +goose Down

DROP TABLE {used_assertions};

ALTER TABLE {applications} DROP COLUMN jwt_bearer;

ALTER TABLE {applications} DROP COLUMN secrets_too;

ALTER TABLE {applications} DROP COLUMN jwks;
