-- +goose Up

-- Attendees repeat who owns their room, so that the list of an owner leaves out the
-- rooms to which the owner's own address is invited without looking for them.
ALTER TABLE {room_members} ADD COLUMN owner_id TEXT NOT NULL DEFAULT ''; -- empty if no user does

UPDATE {room_members} SET owner_id = COALESCE((SELECT max(o.user_id) FROM {room_members} AS o
    WHERE o.room_id = {.room_members}.room_id AND o.role = 'owner'), '');

DROP INDEX {room_members_own};

DROP INDEX {room_members_all};

DROP INDEX {room_members_own_address};

DROP INDEX {room_members_all_address};

-- The columns after the room's id are for conditions: without user_id and
-- deleted_at SQLite leaves the index for them.
CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC, deleted_at)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC, deleted_at)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_own_address}
    ON {room_members} (address, source_kind, source_id, room_id DESC, owner_id, user_id, deleted_at)
    WHERE user_id IS NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_all_address} ON {room_members} (address, room_id DESC, owner_id, user_id, deleted_at)
    WHERE user_id IS NULL AND deleted_at IS NULL;

-- Those whom a host added by their id, who may be attendees by an address as well.
CREATE INDEX {.room_members_hosts} ON {room_members} (user_id)
    WHERE user_id IS NOT NULL AND role <> 'owner' AND deleted_at IS NULL;

-- +goose Down

DROP INDEX {room_members_hosts};

DROP INDEX {room_members_all_address};

DROP INDEX {room_members_own_address};

DROP INDEX {room_members_all};

DROP INDEX {room_members_own};

CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_own_address} ON {room_members} (address, source_kind, source_id, room_id DESC)
    WHERE user_id IS NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_all_address} ON {room_members} (address, room_id DESC)
    WHERE user_id IS NULL AND deleted_at IS NULL;

ALTER TABLE {room_members} DROP COLUMN owner_id;
