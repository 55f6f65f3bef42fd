-- +goose Up

-- When a waiting key begins to sign, which whoever made it decided. Programs that do
-- not know the column leave it empty; such a key signs when it was published for as
-- long as the process that looks at it is configured to wait.
ALTER TABLE {signing_keys} ADD COLUMN signs_at TIMESTAMPTZ;

-- +goose Down

ALTER TABLE {signing_keys} DROP COLUMN signs_at;
