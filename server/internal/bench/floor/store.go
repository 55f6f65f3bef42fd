package floor

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver of the floor on SQLite
)

// The statements, with $1 as both databases have it; names of tables stand in braces.
const (
	columns = `r.id, r.name, r.slug, r.access_level, r.configuration, r.external_id, r.metadata, r.expires_at,
		r.source_kind, r.source_id, r.source_name, r.created_at, r.updated_at`
	findRoom = `SELECT ` + columns + `, m.role FROM {rooms} AS r JOIN {room_members} AS m ON m.room_id = r.id
		WHERE r.id = $1 AND m.user_id = $2 AND r.source_kind = 'application' AND r.source_id = $3 AND r.deleted_at IS NULL`
	insertRoom = `INSERT INTO {rooms} (id, slug, name, access_level, configuration,
			source_kind, source_id, source_name, version, created_at, updated_at)
		VALUES ($1, $2, $3, 'trusted', '{}', 'application', $4, 'Calendar', 1, $5, $5)`
	insertMember = `INSERT INTO {room_members} (room_id, id, user_id, address, role, source_kind, source_id, owner_id,
			created_at)
		VALUES ($1, $1, $2, $3, 'owner', 'application', $4, $2, $5)`
	page = `SELECT ` + columns + `, '' FROM (SELECT room_id FROM {room_members}
			WHERE user_id = $1 AND source_kind = 'application' AND source_id = $2 AND deleted_at IS NULL
			ORDER BY room_id DESC LIMIT 20) AS m JOIN {rooms} AS r ON r.id = m.room_id ORDER BY r.id DESC`
	count = `SELECT count(*) FROM {room_members}
		WHERE user_id = $1 AND source_kind = 'application' AND source_id = $2 AND deleted_at IS NULL`
)

// named returns a statement with the names of tables.
func (c Config) named(statement string) string {
	return strings.NewReplacer("{rooms}", c.Prefix+"rooms", "{room_members}", c.Prefix+"room_members").Replace(statement)
}

// scan reads a row of the columns; at makes what a time is scanned into.
func scan(r *room, row interface{ Scan(...any) error }, at func(*time.Time) any) error {
	var configuration, metadata string
	err := row.Scan(&r.ID, &r.Name, &r.Slug, &r.AccessLevel, &configuration, &r.ExternalID, &metadata, &r.ExpiresAt,
		&r.Source.Kind, &r.Source.ID, &r.Source.Name, at(&r.CreatedAt), at(&r.UpdatedAt), &r.Role)
	r.Configuration, r.Metadata = json.RawMessage(configuration), json.RawMessage(metadata)
	return err
}

// postgres uses pgx itself, which prepares each statement once for a connection.
type postgres struct {
	pool                    *pgxpool.Pool
	find1, insert1, insert2 string
	selectPage, selectCount string
}

func openPostgres(ctx context.Context, config Config) (store, func(), error) {
	pool, err := pgxpool.New(ctx, config.Database)
	if err != nil {
		return nil, nil, err
	}
	return postgres{pool, config.named(findRoom), config.named(insertRoom), config.named(insertMember),
		config.named(page), config.named(count)}, pool.Close, nil
}

func (p postgres) find(ctx context.Context, id, userID, clientID string) (r room, err error) {
	err = scan(&r, p.pool.QueryRow(ctx, p.find1, id, userID, clientID), itself)
	return r, err
}

func (p postgres) insert(ctx context.Context, r room, userID, address string) error {
	var batch pgx.Batch
	batch.Queue(p.insert1, r.ID, r.Slug, r.Name, r.Source.ID, r.CreatedAt)
	batch.Queue(p.insert2, r.ID, userID, address, r.Source.ID, r.CreatedAt)
	return p.pool.SendBatch(ctx, &batch).Close()
}

func (p postgres) list(ctx context.Context, userID, clientID string) (n int, found []room, err error) {
	var batch pgx.Batch
	batch.Queue(p.selectCount, userID, clientID).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	batch.Queue(p.selectPage, userID, clientID).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var r room
			if err := scan(&r, rows, itself); err != nil {
				return err
			}
			found = append(found, r)
		}
		return rows.Err()
	})
	err = p.pool.SendBatch(ctx, &batch).Close()
	return n, found, err
}

// sqlite uses database/sql with statements that are prepared once: one connection writes, others read.
type sqlite struct {
	writer                              *sql.DB
	find1, page, count, insert1, member *sql.Stmt
}

func openSQLite(config Config) (store, func(), error) {
	const options = "?mode=rw&_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)" +
		"&_pragma=synchronous(FULL)"
	writer, err := sql.Open("sqlite", config.Database+options)
	if err != nil {
		return nil, nil, err
	}
	reader, err := sql.Open("sqlite", config.Database+options)
	if err != nil {
		return nil, nil, err
	}
	writer.SetMaxOpenConns(1)
	reader.SetMaxOpenConns(7)
	reader.SetMaxIdleConns(7)
	s := sqlite{writer: writer}
	for _, statement := range []struct {
		to   **sql.Stmt
		db   *sql.DB
		text string
	}{{&s.find1, reader, findRoom}, {&s.page, reader, page}, {&s.count, reader, count},
		{&s.insert1, writer, insertRoom}, {&s.member, writer, insertMember}} {
		if *statement.to, err = statement.db.Prepare(config.named(statement.text)); err != nil {
			return nil, nil, err
		}
	}
	return s, func() { _, _ = writer.Close(), reader.Close() }, nil
}

func (s sqlite) find(ctx context.Context, id, userID, clientID string) (r room, err error) {
	err = scan(&r, s.find1.QueryRowContext(ctx, id, userID, clientID), asText)
	return r, err
}

func (s sqlite) insert(ctx context.Context, r room, userID, address string) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	at := r.CreatedAt.Format(timeForm)
	if _, err := tx.Stmt(s.insert1).ExecContext(ctx, r.ID, r.Slug, r.Name, r.Source.ID, at); err != nil {
		return err
	}
	if _, err := tx.Stmt(s.member).ExecContext(ctx, r.ID, userID, address, r.Source.ID, at); err != nil {
		return err
	}
	return tx.Commit()
}

func (s sqlite) list(ctx context.Context, userID, clientID string) (n int, found []room, err error) {
	if err := s.count.QueryRowContext(ctx, userID, clientID).Scan(&n); err != nil {
		return 0, nil, err
	}
	rows, err := s.page.QueryContext(ctx, userID, clientID)
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r room
		if err := scan(&r, rows, asText); err != nil {
			return 0, nil, err
		}
		found = append(found, r)
	}
	return n, found, rows.Err()
}

// itself is what pgx scans a time into.
func itself(t *time.Time) any { return t }

// asText is what a time of SQLite is scanned into, which is a text.
func asText(t *time.Time) any { return textTime{t} }

type textTime struct{ to *time.Time }

const timeForm = "2006-01-02 15:04:05.999999-07:00"

// Scan implements sql.Scanner.
func (t textTime) Scan(value any) (err error) {
	switch v := value.(type) {
	case string:
		*t.to, err = time.Parse(timeForm, v)
	case time.Time:
		*t.to = v
	default:
		err = fmt.Errorf("floor: %T is no time", value)
	}
	return err
}
