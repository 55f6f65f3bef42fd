-- +goose Up

-- An attendee is an address and a role; who comes with the address has the role.
-- A user id is left to owners, and to those whom a host added by it alone.
DROP INDEX {room_members_user};

DROP INDEX {room_members_own};

DROP INDEX {room_members_all};

DROP INDEX {room_members_pending};

DROP INDEX {room_members_past};

UPDATE {room_members} SET user_id = NULL WHERE user_id IS NOT NULL AND address IS NOT NULL AND role <> 'owner';

CREATE UNIQUE INDEX {.room_members_user} ON {room_members} (room_id, user_id) WHERE user_id IS NOT NULL;

-- The lists: the ranges of a user's id and of each of their addresses, merged.
-- Every membership stands in one of them only.
CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_own_address} ON {room_members} (address, source_kind, source_id, room_id DESC)
    WHERE user_id IS NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_all_address} ON {room_members} (address, room_id DESC)
    WHERE user_id IS NULL AND deleted_at IS NULL;

-- The statistics of a user, in whose rooms the deleted ones count.
CREATE INDEX {.room_members_past} ON {room_members} (user_id, source_kind, source_id)
    WHERE user_id IS NOT NULL AND deleted_at IS NOT NULL;

CREATE INDEX {.room_members_past_address} ON {room_members} (address, source_kind, source_id, room_id)
    WHERE user_id IS NULL AND deleted_at IS NOT NULL;

-- The addresses of owners, which change or are forgotten with all others.
CREATE INDEX {.room_members_owner_address} ON {room_members} (address, room_id)
    WHERE user_id IS NOT NULL AND address IS NOT NULL;

-- Requests are those of a program or of a user, whatever the user's id.
ALTER TABLE {room_requests} RENAME COLUMN user_id TO caller;

UPDATE {room_requests} SET caller = CASE caller WHEN '' THEN 'program' ELSE 'user:' || caller END;

-- +goose Down

UPDATE {room_requests} SET caller = CASE caller WHEN 'program' THEN '' ELSE substr(caller, 6) END;

ALTER TABLE {room_requests} RENAME COLUMN caller TO user_id;

DROP INDEX {room_members_owner_address};

DROP INDEX {room_members_past_address};

DROP INDEX {room_members_past};

DROP INDEX {room_members_all_address};

DROP INDEX {room_members_own_address};

DROP INDEX {room_members_all};

DROP INDEX {room_members_own};

DROP INDEX {room_members_user};

-- Attendees are pending until their holder comes.
CREATE UNIQUE INDEX {.room_members_user} ON {room_members} (room_id, user_id);

CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC) WHERE deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC) WHERE deleted_at IS NULL;

CREATE INDEX {.room_members_pending} ON {room_members} (address) WHERE user_id IS NULL AND deleted_at IS NULL;

CREATE INDEX {.room_members_past} ON {room_members} (user_id, source_kind, source_id) WHERE deleted_at IS NOT NULL;
