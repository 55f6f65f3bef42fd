-- +goose Up

-- A request is answered under a lock of its transaction, not under a lease in a row.
-- The columns of the lease get defaults, so that this version need not name them.
-- They stay for the version before it, which may run beside this one during an
-- upgrade, and are dropped by a later migration. An attempt of that version which is
-- running now loses its lease: it is undone if the request is answered meanwhile.
ALTER TABLE {room_requests} DROP COLUMN holder;

ALTER TABLE {room_requests} DROP COLUMN locked_until;

ALTER TABLE {room_requests} ADD COLUMN holder TEXT NOT NULL DEFAULT '';

ALTER TABLE {room_requests} ADD COLUMN locked_until TIMESTAMPTZ NOT NULL DEFAULT '1970-01-01 00:00:00+00:00';

-- +goose Down

-- The version before names all columns, and needs no change. Marks of attempts that
-- did not end are nothing to it once they are gone.
DELETE FROM {room_requests} WHERE answer IS NULL;
