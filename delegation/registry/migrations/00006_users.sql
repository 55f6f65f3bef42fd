-- +goose Up

-- A user who is deleted takes the delegations along.
CREATE INDEX {.delegations_user} ON {delegations} (user_id);

-- +goose Down

DROP INDEX {delegations_user};
