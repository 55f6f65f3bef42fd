-- +goose Up

ALTER TABLE {applications} ADD COLUMN resource_server BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE {applications} ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

ALTER TABLE {users} ADD COLUMN protected BOOLEAN NOT NULL DEFAULT FALSE;

-- What is particular to one application and one user; the host may own the
-- users, so there is no reference to them.
CREATE TABLE {delegations} (
    client_id  TEXT    NOT NULL REFERENCES {applications} (client_id) ON DELETE CASCADE,
    user_id    TEXT    NOT NULL,
    generation BIGINT  NOT NULL DEFAULT 0,
    opted_out  BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (client_id, user_id)
);

-- Single tokens that were ended before they expire, until they do.
CREATE TABLE {revoked_tokens} (
    token_id   TEXT        NOT NULL PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX {.revoked_tokens_expiry} ON {revoked_tokens} (expires_at);

-- +goose Down

DROP TABLE {revoked_tokens};

DROP TABLE {delegations};

ALTER TABLE {users} DROP COLUMN protected;

ALTER TABLE {applications} DROP COLUMN generation;

ALTER TABLE {applications} DROP COLUMN resource_server;
