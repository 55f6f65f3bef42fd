-- +goose Up

-- A protection stands with an address: also before there is a user who has it, and
-- after they are gone.
CREATE TABLE {protected_addresses} (
    email TEXT NOT NULL PRIMARY KEY -- normalised, as in users
);

INSERT INTO {protected_addresses} (email) SELECT email FROM {users} WHERE protected;

ALTER TABLE {users} DROP COLUMN protected;

-- What was taken back stays when an application is deleted, for one that is
-- registered again under its client id: so there is no reference to it.
CREATE TABLE {lasting_delegations} (
    client_id     TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    generation    BIGINT  NOT NULL DEFAULT 0,
    opted_out     BOOLEAN NOT NULL DEFAULT FALSE,
    first_used_at TIMESTAMPTZ,
    PRIMARY KEY (client_id, user_id)
);

INSERT INTO {lasting_delegations} (client_id, user_id, generation, opted_out, first_used_at)
    SELECT client_id, user_id, generation, opted_out, first_used_at FROM {delegations};

DROP TABLE {delegations};

ALTER TABLE {lasting_delegations} RENAME TO {.delegations};

CREATE INDEX {.delegations_user} ON {delegations} (user_id);

-- Whether the domains of the policy may be suffixes under which anyone registers.
ALTER TABLE {applications} ADD COLUMN public_suffixes BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down

ALTER TABLE {applications} DROP COLUMN public_suffixes;

CREATE TABLE {passing_delegations} (
    client_id     TEXT    NOT NULL REFERENCES {applications} (client_id) ON DELETE CASCADE,
    user_id       TEXT    NOT NULL,
    generation    BIGINT  NOT NULL DEFAULT 0,
    opted_out     BOOLEAN NOT NULL DEFAULT FALSE,
    first_used_at TIMESTAMPTZ,
    PRIMARY KEY (client_id, user_id)
);

INSERT INTO {passing_delegations} (client_id, user_id, generation, opted_out, first_used_at)
    SELECT client_id, user_id, generation, opted_out, first_used_at FROM {delegations}
    WHERE client_id IN (SELECT client_id FROM {applications});

DROP TABLE {delegations};

ALTER TABLE {passing_delegations} RENAME TO {.delegations};

CREATE INDEX {.delegations_user} ON {delegations} (user_id);

ALTER TABLE {users} ADD COLUMN protected BOOLEAN NOT NULL DEFAULT FALSE;

UPDATE {users} SET protected = TRUE WHERE email IN (SELECT email FROM {protected_addresses});

DROP TABLE {protected_addresses};
