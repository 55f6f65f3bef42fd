-- +goose Up

-- Whether no token of an application is good without a proof (RFC 9449). A program
-- that does not know the column issues and accepts tokens as before.
ALTER TABLE {applications} ADD COLUMN dpop BOOLEAN NOT NULL DEFAULT FALSE;

-- Proofs that were used, for the minute or two in which they would be good again. The
-- key decides which of two uses came first; it is a hash of fixed length.
CREATE TABLE {used_proofs} (
    proof_id   TEXT        NOT NULL PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX {.used_proofs_expiry} ON {used_proofs} (expires_at);

-- +goose Down

DROP TABLE {used_proofs};

ALTER TABLE {applications} DROP COLUMN dpop;
