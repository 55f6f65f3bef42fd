-- +goose Up

-- How often authority was changed: one row. Whoever takes something away raises the
-- epoch in the same transaction, by triggers, so that plain SQL does it too.
CREATE TABLE {authority_epoch} (
    name  TEXT   NOT NULL PRIMARY KEY CHECK (name = 'epoch'),
    epoch BIGINT NOT NULL
);

INSERT INTO {authority_epoch} (name, epoch) VALUES ('epoch', 1);

-- What was changed: the kind of a row, and its key. A process that remembers it forgets it.
CREATE TABLE {authority_changes} (
    epoch      BIGINT      NOT NULL,
    kind       TEXT        NOT NULL,
    subject    TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (epoch, kind, subject)
);

CREATE INDEX {.authority_changes_at} ON {authority_changes} (created_at);

-- The processes that answer from memory, and the epoch that each of them has seen.
CREATE TABLE {authority_leases} (
    holder TEXT   NOT NULL PRIMARY KEY,
    seen   BIGINT NOT NULL,
    term   BIGINT NOT NULL
);

-- +postgres

-- The first change of a transaction raises the epoch, the others go with it. The step is
-- random, so that a database that was restored does not repeat an epoch with other
-- changes. All but one of the triggers run at the end of the transaction: the lock of the
-- epoch is its last, so that no two transactions wait for each other.
-- +goose StatementBegin
CREATE FUNCTION {authority_changed}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    changed JSONB;
    reached BIGINT;
    about   TEXT := '';
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1 + floor(random() * 1000)::bigint
        WHERE name = 'epoch' AND xmin::text::bigint <> txid_current() & 4294967295;
    SELECT epoch INTO reached FROM {authority_epoch} WHERE name = 'epoch';
    IF TG_OP = 'INSERT' THEN
        changed := to_jsonb(NEW);
    ELSIF TG_OP <> 'TRUNCATE' THEN
        changed := to_jsonb(OLD);
    END IF;
    IF TG_NARGS > 1 THEN
        about := changed ->> TG_ARGV[1];
    END IF;
    IF TG_NARGS > 2 THEN
        about := about || chr(10) || (changed ->> TG_ARGV[2]);
    END IF;
    INSERT INTO {authority_changes} (epoch, kind, subject) VALUES (reached, TG_ARGV[0], about)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE CONSTRAINT TRIGGER {.authority_application_update} AFTER UPDATE ON {applications}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('application', 'client_id');

CREATE CONSTRAINT TRIGGER {.authority_application_delete} AFTER DELETE ON {applications}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('application', 'client_id');

CREATE CONSTRAINT TRIGGER {.authority_secret_update} AFTER UPDATE OF client_id, secret_id, mac, expires_at, disabled_at, imported_hash ON {application_secrets}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('secret', 'client_id');

CREATE CONSTRAINT TRIGGER {.authority_secret_delete} AFTER DELETE ON {application_secrets}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('secret', 'client_id');

CREATE CONSTRAINT TRIGGER {.authority_user_update} AFTER UPDATE ON {users}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('user', 'id');

CREATE CONSTRAINT TRIGGER {.authority_user_delete} AFTER DELETE ON {users}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('user', 'id');

CREATE CONSTRAINT TRIGGER {.authority_protection_insert} AFTER INSERT ON {protected_addresses}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('address', 'email');

CREATE CONSTRAINT TRIGGER {.authority_protection_delete} AFTER DELETE ON {protected_addresses}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('address', 'email');

CREATE CONSTRAINT TRIGGER {.authority_delegation_insert} AFTER INSERT ON {delegations}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.opted_out OR NEW.generation <> 0) EXECUTE FUNCTION {authority_changed}('delegation', 'client_id', 'user_id');

CREATE CONSTRAINT TRIGGER {.authority_delegation_update} AFTER UPDATE OF client_id, user_id, generation, opted_out ON {delegations}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('delegation', 'client_id', 'user_id');

CREATE CONSTRAINT TRIGGER {.authority_delegation_delete} AFTER DELETE ON {delegations}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.opted_out OR OLD.generation <> 0) EXECUTE FUNCTION {authority_changed}('delegation', 'client_id', 'user_id');

CREATE CONSTRAINT TRIGGER {.authority_revocation_insert} AFTER INSERT ON {revoked_tokens}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('token', 'token_id');

CREATE CONSTRAINT TRIGGER {.authority_key_insert} AFTER INSERT ON {signing_keys}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('keys');

CREATE CONSTRAINT TRIGGER {.authority_key_update} AFTER UPDATE OF state, sealed ON {signing_keys}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('keys');

CREATE CONSTRAINT TRIGGER {.authority_key_delete} AFTER DELETE ON {signing_keys}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION {authority_changed}('keys');

CREATE TRIGGER {.authority_applications_truncate} AFTER TRUNCATE ON {applications}
    EXECUTE FUNCTION {authority_changed}('everything');

CREATE TRIGGER {.authority_application_secrets_truncate} AFTER TRUNCATE ON {application_secrets}
    EXECUTE FUNCTION {authority_changed}('everything');

CREATE TRIGGER {.authority_users_truncate} AFTER TRUNCATE ON {users}
    EXECUTE FUNCTION {authority_changed}('everything');

CREATE TRIGGER {.authority_signing_keys_truncate} AFTER TRUNCATE ON {signing_keys}
    EXECUTE FUNCTION {authority_changed}('everything');

-- +sqlite

-- +goose StatementBegin
CREATE TRIGGER {.authority_application_update} AFTER UPDATE ON {applications}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'application', OLD.client_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_application_delete} AFTER DELETE ON {applications}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'application', OLD.client_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_secret_update} AFTER UPDATE OF client_id, secret_id, mac, expires_at, disabled_at, imported_hash ON {application_secrets}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'secret', OLD.client_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_secret_delete} AFTER DELETE ON {application_secrets}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'secret', OLD.client_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_user_update} AFTER UPDATE ON {users}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'user', OLD.id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_user_delete} AFTER DELETE ON {users}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'user', OLD.id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_protection_insert} AFTER INSERT ON {protected_addresses}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'address', NEW.email FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_protection_delete} AFTER DELETE ON {protected_addresses}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'address', OLD.email FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_delegation_insert} AFTER INSERT ON {delegations}
    WHEN NEW.opted_out OR NEW.generation <> 0
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'delegation', NEW.client_id || char(10) || NEW.user_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_delegation_update} AFTER UPDATE OF client_id, user_id, generation, opted_out ON {delegations}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'delegation', OLD.client_id || char(10) || OLD.user_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_delegation_delete} AFTER DELETE ON {delegations}
    WHEN OLD.opted_out OR OLD.generation <> 0
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'delegation', OLD.client_id || char(10) || OLD.user_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_revocation_insert} AFTER INSERT ON {revoked_tokens}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'token', NEW.token_id FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_key_insert} AFTER INSERT ON {signing_keys}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'keys', '' FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_key_update} AFTER UPDATE OF state, sealed ON {signing_keys}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'keys', '' FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER {.authority_key_delete} AFTER DELETE ON {signing_keys}
BEGIN
    UPDATE {authority_epoch} SET epoch = epoch + 1;
    INSERT INTO {authority_changes} (epoch, kind, subject) SELECT epoch, 'keys', '' FROM {authority_epoch};
END;
-- +goose StatementEnd

-- +end

-- +goose Down

-- +postgres

DROP TRIGGER {.authority_signing_keys_truncate} ON {signing_keys};

DROP TRIGGER {.authority_users_truncate} ON {users};

DROP TRIGGER {.authority_application_secrets_truncate} ON {application_secrets};

DROP TRIGGER {.authority_applications_truncate} ON {applications};

DROP TRIGGER {.authority_key_delete} ON {signing_keys};

DROP TRIGGER {.authority_key_update} ON {signing_keys};

DROP TRIGGER {.authority_key_insert} ON {signing_keys};

DROP TRIGGER {.authority_revocation_insert} ON {revoked_tokens};

DROP TRIGGER {.authority_delegation_delete} ON {delegations};

DROP TRIGGER {.authority_delegation_update} ON {delegations};

DROP TRIGGER {.authority_delegation_insert} ON {delegations};

DROP TRIGGER {.authority_protection_delete} ON {protected_addresses};

DROP TRIGGER {.authority_protection_insert} ON {protected_addresses};

DROP TRIGGER {.authority_user_delete} ON {users};

DROP TRIGGER {.authority_user_update} ON {users};

DROP TRIGGER {.authority_secret_delete} ON {application_secrets};

DROP TRIGGER {.authority_secret_update} ON {application_secrets};

DROP TRIGGER {.authority_application_delete} ON {applications};

DROP TRIGGER {.authority_application_update} ON {applications};

DROP FUNCTION {authority_changed}();

-- +sqlite

DROP TRIGGER {authority_key_delete};

DROP TRIGGER {authority_key_update};

DROP TRIGGER {authority_key_insert};

DROP TRIGGER {authority_revocation_insert};

DROP TRIGGER {authority_delegation_delete};

DROP TRIGGER {authority_delegation_update};

DROP TRIGGER {authority_delegation_insert};

DROP TRIGGER {authority_protection_delete};

DROP TRIGGER {authority_protection_insert};

DROP TRIGGER {authority_user_delete};

DROP TRIGGER {authority_user_update};

DROP TRIGGER {authority_secret_delete};

DROP TRIGGER {authority_secret_update};

DROP TRIGGER {authority_application_delete};

DROP TRIGGER {authority_application_update};

-- +end

DROP TABLE {authority_leases};

DROP TABLE {authority_changes};

DROP TABLE {authority_epoch};
