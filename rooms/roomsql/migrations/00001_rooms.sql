-- +goose Up

-- Slugs and PINs are unique over deleted rooms too: they are never given away
-- again. An external id is unique among the live rooms of one source.
CREATE TABLE {rooms} (
    id            TEXT        NOT NULL PRIMARY KEY,
    slug          TEXT        NOT NULL UNIQUE,
    name          TEXT        NOT NULL,
    access_level  TEXT        NOT NULL CHECK (access_level IN ('public', 'trusted', 'restricted')),
    configuration TEXT        NOT NULL,
    pin           TEXT        UNIQUE,
    external_id   TEXT,
    source_kind   TEXT        NOT NULL,
    source_id     TEXT        NOT NULL,
    source_name   TEXT        NOT NULL,
    version       BIGINT      NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    deleted_at    TIMESTAMPTZ
);

CREATE UNIQUE INDEX {.rooms_external_id} ON {rooms} (source_kind, source_id, external_id)
    WHERE external_id IS NOT NULL AND deleted_at IS NULL;

-- The list of a caller without a user.
CREATE INDEX {.rooms_source} ON {rooms} (source_kind, source_id, id DESC) WHERE deleted_at IS NULL;

-- The list is one range of an index on memberships, so they repeat the source of
-- their room; the room's id, a UUIDv7, is the order of creation. Memberships of
-- deleted rooms leave the indexes and stay for the statistics.
CREATE TABLE {room_members} (
    room_id     TEXT        NOT NULL REFERENCES {rooms} (id),
    user_id     TEXT        NOT NULL,
    role        TEXT        NOT NULL CHECK (role IN ('owner', 'administrator', 'member')),
    source_kind TEXT        NOT NULL,
    source_id   TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    deleted_at  TIMESTAMPTZ,
    PRIMARY KEY (room_id, user_id)
);

CREATE INDEX {.room_members_own} ON {room_members} (user_id, source_kind, source_id, room_id DESC) WHERE deleted_at IS NULL;

CREATE INDEX {.room_members_all} ON {room_members} (user_id, room_id DESC) WHERE deleted_at IS NULL;

-- +goose Down

DROP TABLE {room_members};

DROP TABLE {rooms};
