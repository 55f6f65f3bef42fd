-- +goose Up

-- Keys of programs for Google's services: the public parts alone, see package google.
CREATE TABLE {google_keys} (
    client_id    TEXT        NOT NULL REFERENCES {applications} (client_id) ON DELETE CASCADE,
    key_id       TEXT        NOT NULL,
    public_key   TEXT        NOT NULL, -- PKIX in DER, base64
    label        TEXT        NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    ended_at     TIMESTAMPTZ,
    PRIMARY KEY (client_id, key_id)
);

-- +goose Down

DROP TABLE {google_keys};
