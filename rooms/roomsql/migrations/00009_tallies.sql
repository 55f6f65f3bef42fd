-- +goose Up

-- Statistics of a source: what was counted in a period, begins ≤ t < ends. Triggers remove a
-- row in the transaction that changes what happened in its period. Mark is the transaction
-- of PostgreSQL from which on every writer knew of the row, 0 if it is not told yet; created,
-- deleted and users are NULL until all earlier ones have ended and the row was counted.
CREATE TABLE {room_statistics} (
    source_kind TEXT        NOT NULL,
    source_id   TEXT        NOT NULL,
    begins      TIMESTAMPTZ NOT NULL,
    ends        TIMESTAMPTZ NOT NULL, -- at most 32 days later
    created     BIGINT,
    deleted     BIGINT,
    users       BIGINT,
    mark        BIGINT      NOT NULL DEFAULT 0,
    PRIMARY KEY (source_kind, source_id, ends, begins)
);

-- Statistics of a user: those by an id or an address ("who", behind u or a) whose memberships
-- the triggers count from now on, in room_tallies. Ready once what was there before is counted.
CREATE TABLE {room_tally_heads} (
    source_kind TEXT    NOT NULL,
    source_id   TEXT    NOT NULL,
    who         TEXT    NOT NULL,
    ready       BOOLEAN NOT NULL DEFAULT FALSE,
    mark        BIGINT  NOT NULL DEFAULT 0,
    PRIMARY KEY (source_kind, source_id, who)
);

-- How many rooms of one owner, in which someone has a role, were created and deleted in a
-- quarter of an hour (span 900) and in a day of UTC (86400) that begins at bucket, in seconds
-- of Unix time. The rows of one bucket add up: each session of PostgreSQL has its own, by its
-- process id, so that none waits for another; shard 0 holds the sums of former ones.
CREATE TABLE {room_tallies} (
    source_kind TEXT    NOT NULL,
    source_id   TEXT    NOT NULL,
    who         TEXT    NOT NULL,
    span        INTEGER NOT NULL,
    bucket      BIGINT  NOT NULL,
    owner_id    TEXT    NOT NULL,
    shard       INTEGER NOT NULL,
    created     BIGINT  NOT NULL,
    deleted     BIGINT  NOT NULL,
    PRIMARY KEY (source_kind, source_id, who, span, bucket, owner_id, shard)
);

-- What each membership adds to the tallies.
-- +postgres
CREATE VIEW {room_marks} AS
SELECT m.room_id, m.id AS member_id, m.source_kind, m.source_id, m.user_id, m.address, m.deleted_at,
    CASE WHEN m.user_id IS NULL THEN 'a' || m.address ELSE 'u' || m.user_id END AS who,
    COALESCE(CASE m.role WHEN 'owner' THEN m.user_id ELSE m.owner_id END, '') AS owner_id,
    s.span, e.at - ((e.at % s.span) + s.span) % s.span AS bucket, e.created, e.deleted
FROM {room_members} AS m
CROSS JOIN LATERAL (
    SELECT CAST(floor(extract(epoch FROM r.created_at)) AS BIGINT) AS at, 1 AS created, 0 AS deleted
    FROM {rooms} AS r WHERE r.id = m.room_id
    UNION ALL
    SELECT CAST(floor(extract(epoch FROM m.deleted_at)) AS BIGINT), 0, 1 WHERE m.deleted_at IS NOT NULL
) AS e
CROSS JOIN (VALUES (900), (86400)) AS s (span);

-- +goose StatementBegin
CREATE FUNCTION {room_forget}(kind TEXT, source TEXT, at TIMESTAMPTZ) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM {room_statistics} AS k WHERE k.source_kind = kind AND k.source_id = source
        AND k.ends > at AND k.ends <= at + INTERVAL '33 days' AND k.begins <= at;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {room_tally}(room TEXT, member TEXT, factor INTEGER) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {room_tallies} AS t
        (source_kind, source_id, who, span, bucket, owner_id, shard, created, deleted)
    SELECT v.source_kind, v.source_id, v.who, v.span, v.bucket, v.owner_id, pg_backend_pid(),
        factor * sum(v.created), factor * sum(v.deleted)
    FROM {room_marks} AS v JOIN {room_tally_heads} AS h
        ON h.source_kind = v.source_kind AND h.source_id = v.source_id AND h.who = v.who
    WHERE v.room_id = room AND v.member_id = member
    GROUP BY v.source_kind, v.source_id, v.who, v.span, v.bucket, v.owner_id
    ON CONFLICT (source_kind, source_id, who, span, bucket, owner_id, shard)
        DO UPDATE SET created = t.created + EXCLUDED.created, deleted = t.deleted + EXCLUDED.deleted;
END $$;
-- +goose StatementEnd

-- A row is subtracted before it changes and added afterwards.
-- +goose StatementBegin
CREATE FUNCTION {room_member_before}() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF OLD.role = 'owner' THEN
        PERFORM {room_forget}(OLD.source_kind, OLD.source_id, OLD.created_at);
    END IF;
    IF EXISTS (SELECT 1 FROM {room_tally_heads} AS h WHERE h.source_kind = OLD.source_kind
            AND h.source_id = OLD.source_id AND h.who = COALESCE('u' || OLD.user_id, 'a' || OLD.address)) THEN
        PERFORM {room_tally}(OLD.room_id, OLD.id, -1);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {room_member_after}() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.role = 'owner' THEN
        PERFORM {room_forget}(NEW.source_kind, NEW.source_id, NEW.created_at);
    END IF;
    IF EXISTS (SELECT 1 FROM {room_tally_heads} AS h WHERE h.source_kind = NEW.source_kind
            AND h.source_id = NEW.source_id AND h.who = COALESCE('u' || NEW.user_id, 'a' || NEW.address)) THEN
        PERFORM {room_tally}(NEW.room_id, NEW.id, 1);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {room_before}() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM {room_forget}(OLD.source_kind, OLD.source_id, OLD.created_at);
    PERFORM {room_forget}(OLD.source_kind, OLD.source_id, OLD.deleted_at);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.created_at <> OLD.created_at THEN
        PERFORM {room_tally}(m.room_id, m.id, -1) FROM {room_members} AS m WHERE m.room_id = OLD.id;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {room_after}() RETURNS TRIGGER LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM {room_forget}(NEW.source_kind, NEW.source_id, NEW.created_at);
    IF NEW.deleted_at IS NOT NULL THEN
        PERFORM {room_forget}(NEW.source_kind, NEW.source_id, NEW.deleted_at);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.created_at <> OLD.created_at THEN
            PERFORM {room_tally}(m.room_id, m.id, 1) FROM {room_members} AS m WHERE m.room_id = NEW.id;
        END IF;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER {.room_member_before}
    BEFORE DELETE OR UPDATE OF room_id, id, user_id, address, role, source_kind, source_id, owner_id, created_at, deleted_at
    ON {room_members} FOR EACH ROW EXECUTE FUNCTION {room_member_before}();

CREATE TRIGGER {.room_member_after} AFTER INSERT
    OR UPDATE OF room_id, id, user_id, address, role, source_kind, source_id, owner_id, created_at, deleted_at
    ON {room_members} FOR EACH ROW EXECUTE FUNCTION {room_member_after}();

CREATE TRIGGER {.room_before} BEFORE DELETE OR UPDATE OF source_kind, source_id, created_at, deleted_at
    ON {rooms} FOR EACH ROW EXECUTE FUNCTION {room_before}();

CREATE TRIGGER {.room_after} AFTER INSERT OR UPDATE OF source_kind, source_id, created_at, deleted_at
    ON {rooms} FOR EACH ROW EXECUTE FUNCTION {room_after}();
-- +sqlite
CREATE VIEW {room_marks} AS
SELECT e.room_id, e.member_id, e.source_kind, e.source_id, e.user_id, e.address, e.deleted_at, e.who, e.owner_id,
    s.span, e.at - ((e.at % s.span) + s.span) % s.span AS bucket, e.created, e.deleted
FROM (SELECT 900 AS span UNION ALL SELECT 86400) AS s CROSS JOIN (
    SELECT m.room_id, m.id AS member_id, m.source_kind, m.source_id, m.user_id, m.address, m.deleted_at,
        COALESCE('u' || m.user_id, 'a' || m.address) AS who,
        COALESCE(CASE m.role WHEN 'owner' THEN m.user_id ELSE m.owner_id END, '') AS owner_id,
        CAST(strftime('%s', substr(r.created_at, 1, 19)) AS INTEGER) AS at, 1 AS created, 0 AS deleted
    FROM {room_members} AS m CROSS JOIN {rooms} AS r ON r.id = m.room_id
    UNION ALL
    SELECT m.room_id, m.id, m.source_kind, m.source_id, m.user_id, m.address, m.deleted_at,
        COALESCE('u' || m.user_id, 'a' || m.address),
        COALESCE(CASE m.role WHEN 'owner' THEN m.user_id ELSE m.owner_id END, ''),
        CAST(strftime('%s', substr(m.deleted_at, 1, 19)) AS INTEGER), 0, 1
    FROM {room_members} AS m WHERE m.deleted_at IS NOT NULL
) AS e;

-- A view with what is subtracted before a row changes and added afterwards: an insert into it
-- goes to the tallies.
CREATE VIEW {room_tally} AS SELECT '' AS room_id, '' AS member_id, 0 AS factor WHERE FALSE;

-- +goose StatementBegin
CREATE TRIGGER {.room_tally} INSTEAD OF INSERT ON {room_tally} BEGIN
    INSERT INTO {room_tallies} (source_kind, source_id, who, span, bucket, owner_id, shard, created, deleted)
    SELECT v.source_kind, v.source_id, v.who, v.span, v.bucket, v.owner_id, 0,
        NEW.factor * sum(v.created), NEW.factor * sum(v.deleted)
    FROM {room_marks} AS v
    WHERE v.room_id = NEW.room_id AND v.member_id = NEW.member_id AND EXISTS (SELECT 1 FROM {room_tally_heads} AS h
        WHERE h.source_kind = v.source_kind AND h.source_id = v.source_id AND h.who = v.who)
    GROUP BY v.source_kind, v.source_id, v.who, v.span, v.bucket, v.owner_id
    ON CONFLICT (source_kind, source_id, who, span, bucket, owner_id, shard)
        DO UPDATE SET created = created + EXCLUDED.created, deleted = deleted + EXCLUDED.deleted;
END;
-- +goose StatementEnd

-- And an insert into this one forgets what was counted in periods around a time.
CREATE VIEW {room_forget} AS SELECT '' AS kind, '' AS source, '' AS at WHERE FALSE;

-- +goose StatementBegin
CREATE TRIGGER {.room_forget} INSTEAD OF INSERT ON {room_forget} BEGIN
    DELETE FROM {room_statistics} WHERE source_kind = NEW.kind AND source_id = NEW.source AND ends > NEW.at
        AND ends <= strftime('%Y-%m-%d', substr(NEW.at, 1, 10), '+33 days') AND begins <= NEW.at;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.room_members_insert} AFTER INSERT ON {room_members} BEGIN
    INSERT INTO {room_forget} SELECT NEW.source_kind, NEW.source_id, NEW.created_at WHERE NEW.role = 'owner';
    INSERT INTO {room_tally} SELECT NEW.room_id, NEW.id, 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.room_members_delete} BEFORE DELETE ON {room_members} BEGIN
    INSERT INTO {room_forget} SELECT OLD.source_kind, OLD.source_id, OLD.created_at WHERE OLD.role = 'owner';
    INSERT INTO {room_tally} SELECT OLD.room_id, OLD.id, -1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.room_members_before}
    BEFORE UPDATE OF room_id, id, user_id, address, role, source_kind, source_id, owner_id, created_at, deleted_at
    ON {room_members} BEGIN
    INSERT INTO {room_forget} SELECT OLD.source_kind, OLD.source_id, OLD.created_at WHERE OLD.role = 'owner';
    INSERT INTO {room_tally} SELECT OLD.room_id, OLD.id, -1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.room_members_after}
    AFTER UPDATE OF room_id, id, user_id, address, role, source_kind, source_id, owner_id, created_at, deleted_at
    ON {room_members} BEGIN
    INSERT INTO {room_forget} SELECT NEW.source_kind, NEW.source_id, NEW.created_at WHERE NEW.role = 'owner';
    INSERT INTO {room_tally} SELECT NEW.room_id, NEW.id, 1;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.rooms_insert} AFTER INSERT ON {rooms} BEGIN
    INSERT INTO {room_forget} SELECT NEW.source_kind, NEW.source_id, NEW.created_at;
    INSERT INTO {room_forget} SELECT NEW.source_kind, NEW.source_id, NEW.deleted_at WHERE NEW.deleted_at IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.rooms_delete} BEFORE DELETE ON {rooms} BEGIN
    INSERT INTO {room_forget} SELECT OLD.source_kind, OLD.source_id, OLD.created_at;
    INSERT INTO {room_forget} SELECT OLD.source_kind, OLD.source_id, OLD.deleted_at WHERE OLD.deleted_at IS NOT NULL;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.rooms_before} BEFORE UPDATE OF source_kind, source_id, created_at, deleted_at ON {rooms} BEGIN
    INSERT INTO {room_forget} SELECT OLD.source_kind, OLD.source_id, OLD.created_at;
    INSERT INTO {room_forget} SELECT OLD.source_kind, OLD.source_id, OLD.deleted_at WHERE OLD.deleted_at IS NOT NULL;
    INSERT INTO {room_tally} SELECT m.room_id, m.id, -1 FROM {room_members} AS m
        WHERE m.room_id = OLD.id AND NEW.created_at <> OLD.created_at;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.rooms_after} AFTER UPDATE OF source_kind, source_id, created_at, deleted_at ON {rooms} BEGIN
    INSERT INTO {room_forget} SELECT NEW.source_kind, NEW.source_id, NEW.created_at;
    INSERT INTO {room_forget} SELECT NEW.source_kind, NEW.source_id, NEW.deleted_at WHERE NEW.deleted_at IS NOT NULL;
    INSERT INTO {room_tally} SELECT m.room_id, m.id, 1 FROM {room_members} AS m
        WHERE m.room_id = NEW.id AND NEW.created_at <> OLD.created_at;
END;
-- +goose StatementEnd
-- +end

-- +goose Down

-- +postgres
DROP TRIGGER {.room_after} ON {rooms};

DROP TRIGGER {.room_before} ON {rooms};

DROP TRIGGER {.room_member_after} ON {room_members};

DROP TRIGGER {.room_member_before} ON {room_members};

DROP FUNCTION {room_after}();

DROP FUNCTION {room_before}();

DROP FUNCTION {room_member_after}();

DROP FUNCTION {room_member_before}();

DROP FUNCTION {room_tally}(TEXT, TEXT, INTEGER);

DROP FUNCTION {room_forget}(TEXT, TEXT, TIMESTAMPTZ);
-- +sqlite
DROP TRIGGER {.rooms_after};

DROP TRIGGER {.rooms_before};

DROP TRIGGER {.rooms_delete};

DROP TRIGGER {.rooms_insert};

DROP TRIGGER {.room_members_after};

DROP TRIGGER {.room_members_before};

DROP TRIGGER {.room_members_delete};

DROP TRIGGER {.room_members_insert};

DROP VIEW {room_forget};

DROP VIEW {room_tally};
-- +end

DROP VIEW {room_marks};

DROP TABLE {room_tallies};

DROP TABLE {room_tally_heads};

DROP TABLE {room_statistics};
