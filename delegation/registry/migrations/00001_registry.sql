-- +goose Up

-- Lists (scopes, domains, emails) are texts separated by single spaces: none of
-- their elements can hold one, and they are read and written as a whole.
CREATE TABLE {applications} (
    client_id   TEXT        NOT NULL PRIMARY KEY,
    name        TEXT        NOT NULL,
    active      BOOLEAN     NOT NULL,
    scopes      TEXT        NOT NULL,
    any_user    BOOLEAN     NOT NULL,
    domains     TEXT        NOT NULL,
    emails      TEXT        NOT NULL,
    provision   BOOLEAN     NOT NULL,
    undelegated BOOLEAN     NOT NULL,
    reach       TEXT        NOT NULL CHECK (reach IN ('own', 'user')),
    token_ttl   BIGINT      NOT NULL, -- seconds; 0 is the server's default
    version     BIGINT      NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    updated_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE {application_secrets} (
    client_id    TEXT        NOT NULL REFERENCES {applications} (client_id) ON DELETE CASCADE,
    secret_id    TEXT        NOT NULL,
    mac          TEXT        NOT NULL, -- hexadecimal
    label        TEXT        NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    disabled_at  TIMESTAMPTZ,
    PRIMARY KEY (client_id, secret_id)
);

CREATE TABLE {users} (
    id         TEXT        NOT NULL PRIMARY KEY,
    email      TEXT        NOT NULL UNIQUE, -- normalised: lower-case ASCII
    active     BOOLEAN     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- One key signs at a time.
CREATE TABLE {signing_keys} (
    kid          TEXT        NOT NULL PRIMARY KEY, -- RFC 7638 thumbprint
    algorithm    TEXT        NOT NULL,
    state        TEXT        NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired', 'compromised')),
    sealed       TEXT        NOT NULL, -- PKCS #8 under AES-256-GCM, base64
    created_at   TIMESTAMPTZ NOT NULL,
    activated_at TIMESTAMPTZ,
    retiring_at  TIMESTAMPTZ,
    retired_at   TIMESTAMPTZ
);

CREATE UNIQUE INDEX {.signing_keys_active} ON {signing_keys} (state) WHERE state = 'active';

-- +goose Down

DROP TABLE {signing_keys};

DROP TABLE {users};

DROP TABLE {application_secrets};

DROP TABLE {applications};
