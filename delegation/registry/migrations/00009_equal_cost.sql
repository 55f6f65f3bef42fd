-- +goose Up

-- The columns that may be large stand at the end of a row. Whoever checks a
-- secret reads what stands before them, and must not have to pass them: SQLite
-- finds a column by way of all that are stored before it.
ALTER TABLE {applications} ADD COLUMN last_domains TEXT NOT NULL DEFAULT '';

ALTER TABLE {applications} ADD COLUMN last_emails TEXT NOT NULL DEFAULT '';

ALTER TABLE {applications} ADD COLUMN last_jwks TEXT NOT NULL DEFAULT '';

UPDATE {applications} SET last_domains = domains, last_emails = emails, last_jwks = jwks;

ALTER TABLE {applications} DROP COLUMN domains;

ALTER TABLE {applications} DROP COLUMN emails;

ALTER TABLE {applications} DROP COLUMN jwks;

ALTER TABLE {applications} RENAME COLUMN last_domains TO domains;

ALTER TABLE {applications} RENAME COLUMN last_emails TO emails;

ALTER TABLE {applications} RENAME COLUMN last_jwks TO jwks;

-- Whether there are hashes of other products, and one of them.
CREATE INDEX {.application_secrets_imported} ON {application_secrets} (client_id) WHERE imported_hash <> '';

-- +goose Down

DROP INDEX {application_secrets_imported};
