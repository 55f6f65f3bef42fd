-- +goose Up

-- The version that a program must know, at least, to work on this schema, for each
-- of the two sets of migrations. A migration that programs before it cannot bear
-- raises it: UPDATE schema_floors SET floor = 12 WHERE name = 'registry'. Programs
-- that know less stop using the database within a second or two, and refuse to
-- start.
CREATE TABLE {schema_floors} (
    name  TEXT   NOT NULL PRIMARY KEY CHECK (name IN ('registry', 'rooms')),
    floor BIGINT NOT NULL
);

INSERT INTO {schema_floors} (name, floor) VALUES ('registry', 11);

INSERT INTO {schema_floors} (name, floor) VALUES ('rooms', 6);

-- +goose Down

DROP TABLE {schema_floors};
