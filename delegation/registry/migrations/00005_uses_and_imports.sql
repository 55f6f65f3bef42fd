-- +goose Up

-- Whether there is anything to know of an application in the delegations beyond
-- their first use, and until when some token of it is revoked: most applications
-- save the look-up.
ALTER TABLE {applications} ADD COLUMN taken_back BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE {applications} ADD COLUMN revoked_until TIMESTAMPTZ;

UPDATE {applications} SET revoked_until = (SELECT max(expires_at) FROM {revoked_tokens});

UPDATE {applications} SET taken_back = TRUE
    WHERE client_id IN (SELECT client_id FROM {delegations});

ALTER TABLE {delegations} ADD COLUMN first_used_at TIMESTAMPTZ;

-- The hash that another product made, until the secret is first used.
ALTER TABLE {application_secrets} ADD COLUMN imported_hash TEXT NOT NULL DEFAULT '';

-- The id of the root key under which the MAC was made; empty if that was before
-- it was noted.
ALTER TABLE {application_secrets} ADD COLUMN root_key TEXT NOT NULL DEFAULT '';

-- Work that one process at a time does.
CREATE TABLE {leases} (
    name       TEXT        NOT NULL PRIMARY KEY,
    holder     TEXT        NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- +goose Down

DROP TABLE {leases};

ALTER TABLE {application_secrets} DROP COLUMN root_key;

ALTER TABLE {application_secrets} DROP COLUMN imported_hash;

ALTER TABLE {delegations} DROP COLUMN first_used_at;

ALTER TABLE {applications} DROP COLUMN revoked_until;

ALTER TABLE {applications} DROP COLUMN taken_back;
