-- +goose Up

-- Which parts of its server a host brought of its own, and the name of its program.
CREATE TABLE {host_parts} (
    part    TEXT        NOT NULL PRIMARY KEY,
    program TEXT        NOT NULL,
    since   TIMESTAMPTZ NOT NULL
);

-- +goose Down

DROP TABLE {host_parts};
