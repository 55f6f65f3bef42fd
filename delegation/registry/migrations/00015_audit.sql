-- +goose Up

-- Who changed what, see package audit. Before and after are objects of JSON, or empty.
CREATE TABLE {audit_trail} (
    seq           BIGINT      NOT NULL PRIMARY KEY, -- without gaps
    at            TIMESTAMPTZ NOT NULL,
    author        TEXT        NOT NULL,
    kind          TEXT        NOT NULL,
    client_id     TEXT        NOT NULL,
    user_id       TEXT        NOT NULL,
    subject       TEXT        NOT NULL,
    request_id    TEXT        NOT NULL,
    before_change TEXT        NOT NULL,
    after_change  TEXT        NOT NULL,
    hash          TEXT        NOT NULL -- of the row and the hash of the one before, hexadecimal
);

CREATE INDEX {.audit_trail_at} ON {audit_trail} (at, seq);

CREATE INDEX {.audit_trail_author} ON {audit_trail} (author, seq);

CREATE INDEX {.audit_trail_kind} ON {audit_trail} (kind, seq);

CREATE INDEX {.audit_trail_client} ON {audit_trail} (client_id, seq);

CREATE INDEX {.audit_trail_user} ON {audit_trail} (user_id, seq);

-- The end of the chain: one row, as soon as there is something to record.
CREATE TABLE {audit_chain} (
    name TEXT   NOT NULL PRIMARY KEY CHECK (name = 'chain'),
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL
);

-- +goose Down

DROP TABLE {audit_chain};

DROP TABLE {audit_trail};
