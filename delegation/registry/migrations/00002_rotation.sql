-- +goose Up

-- One key waits to sign at a time, so that replicas that rotate at once make one.
CREATE UNIQUE INDEX {.signing_keys_pending} ON {signing_keys} (state) WHERE state = 'pending';

-- +goose Down

DROP INDEX {signing_keys_pending};
