-- +goose Up

ALTER TABLE {rooms} ADD COLUMN expires_at TIMESTAMPTZ;

ALTER TABLE {rooms} ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';

-- External ids are looked for among the rooms of all sources, too.
DROP INDEX {rooms_external_id};

CREATE UNIQUE INDEX {.rooms_external_id} ON {rooms} (external_id, source_kind, source_id)
    WHERE external_id IS NOT NULL AND deleted_at IS NULL;

-- What changed since a caller without a user last asked.
CREATE INDEX {.rooms_updated} ON {rooms} (source_kind, source_id, updated_at) WHERE deleted_at IS NULL;

-- The statistics of a source.
CREATE INDEX {.rooms_created} ON {rooms} (source_kind, source_id, created_at DESC);

CREATE INDEX {.rooms_deleted} ON {rooms} (source_kind, source_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- People may be named by an address before there is a user who has it; then they
-- are pending, without a user id. The membership of an owner has the id of the
-- room.
CREATE TABLE {room_people} (
    room_id     TEXT        NOT NULL REFERENCES {rooms} (id),
    id          TEXT        NOT NULL,
    user_id     TEXT,
    address     TEXT,
    role        TEXT        NOT NULL CHECK (role IN ('owner', 'administrator', 'member')),
    source_kind TEXT        NOT NULL,
    source_id   TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    deleted_at  TIMESTAMPTZ,
    PRIMARY KEY (room_id, id),
    CHECK (user_id IS NOT NULL OR address IS NOT NULL)
);

INSERT INTO {room_people} (room_id, id, user_id, role, source_kind, source_id, created_at, deleted_at)
    SELECT room_id, room_id, user_id, role, source_kind, source_id, created_at, deleted_at
    FROM {room_members} WHERE role = 'owner';

-- Only a host can have added others.
INSERT INTO {room_people} (room_id, id, user_id, role, source_kind, source_id, created_at, deleted_at)
    SELECT room_id, room_id || '-' || CAST(row_number() OVER (PARTITION BY room_id ORDER BY user_id) AS TEXT),
        user_id, role, source_kind, source_id, created_at, deleted_at
    FROM {room_members} WHERE role <> 'owner';

DROP TABLE {room_members};

ALTER TABLE {room_people} RENAME TO {.room_members};

CREATE UNIQUE INDEX {.room_members_user} ON {room_members} (room_id, user_id);

CREATE UNIQUE INDEX {.room_members_address} ON {room_members} (room_id, address) WHERE address IS NOT NULL;

CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC) WHERE deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC) WHERE deleted_at IS NULL;

CREATE INDEX {.room_members_pending} ON {room_members} (address) WHERE user_id IS NULL AND deleted_at IS NULL;

-- The statistics of a source, which count its owners, and those of a user, in
-- whose rooms the deleted ones count.
CREATE INDEX {.room_members_owners} ON {room_members} (source_kind, source_id, created_at, user_id) WHERE role = 'owner';

CREATE INDEX {.room_members_past} ON {room_members} (user_id, source_kind, source_id) WHERE deleted_at IS NOT NULL;

-- Answers to requests that may be sent again.
CREATE TABLE {room_requests} (
    source_kind  TEXT        NOT NULL,
    source_id    TEXT        NOT NULL,
    user_id      TEXT        NOT NULL,
    route        TEXT        NOT NULL,
    key          TEXT        NOT NULL, -- the sender's
    fingerprint  TEXT        NOT NULL, -- of the request, hexadecimal
    holder       TEXT        NOT NULL, -- who is answering
    locked_until TIMESTAMPTZ NOT NULL, -- after which somebody else may
    answer       TEXT,                 -- base64; NULL while there is none
    expires_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (source_kind, source_id, user_id, route, key)
);

CREATE INDEX {.room_requests_expiry} ON {room_requests} (expires_at);

-- +goose Down

DROP TABLE {room_requests};

CREATE TABLE {room_people} (
    room_id     TEXT        NOT NULL REFERENCES {rooms} (id),
    user_id     TEXT        NOT NULL,
    role        TEXT        NOT NULL CHECK (role IN ('owner', 'administrator', 'member')),
    source_kind TEXT        NOT NULL,
    source_id   TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    deleted_at  TIMESTAMPTZ,
    PRIMARY KEY (room_id, user_id)
);

INSERT INTO {room_people} (room_id, user_id, role, source_kind, source_id, created_at, deleted_at)
    SELECT room_id, user_id, role, source_kind, source_id, created_at, deleted_at
    FROM {room_members} WHERE user_id IS NOT NULL;

DROP TABLE {room_members};

ALTER TABLE {room_people} RENAME TO {.room_members};

CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC) WHERE deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC) WHERE deleted_at IS NULL;

DROP INDEX {rooms_deleted};

DROP INDEX {rooms_created};

DROP INDEX {rooms_updated};

DROP INDEX {rooms_external_id};

CREATE UNIQUE INDEX {.rooms_external_id} ON {rooms} (source_kind, source_id, external_id)
    WHERE external_id IS NOT NULL AND deleted_at IS NULL;

ALTER TABLE {rooms} DROP COLUMN metadata;

ALTER TABLE {rooms} DROP COLUMN expires_at;
