package lasuite

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/database"
	"github.com/anteroom-go/anteroom/server/internal/transfer/columns"
)

// stage is where the objects wait until all are there.
type stage struct {
	db      *bun.DB
	dir     string
	pending map[string][]bun.TupleValues
}

// stageTables are the tables of the stage, and their columns.
const stageTables = `
	CREATE TABLE users (id TEXT, email TEXT, admin_email TEXT, active BOOLEAN, created_at TEXT, number INTEGER);
	CREATE TABLE resources (id TEXT, created_at TEXT, updated_at TEXT);
	CREATE TABLE rooms (id TEXT, name TEXT, slug TEXT, access_level TEXT, configuration TEXT, pin TEXT, number INTEGER);
	CREATE TABLE accesses (id TEXT, resource TEXT, user TEXT, admin_email TEXT, role TEXT, created_at TEXT,
		number INTEGER);
	CREATE TABLE applications (id TEXT, fields TEXT, number INTEGER);
	CREATE TABLE domains (application TEXT, domain TEXT)`

// stageIndexes are made when all objects are there.
const stageIndexes = `
	CREATE INDEX users_id ON users (id);
	CREATE INDEX users_email ON users (email, active DESC, created_at, id);
	CREATE INDEX users_admin ON users (admin_email);
	CREATE INDEX resources_id ON resources (id);
	CREATE INDEX rooms_id ON rooms (id);
	CREATE INDEX accesses_resource ON accesses (resource, created_at, id);
	CREATE INDEX domains_application ON domains (application)`

func newStage(ctx context.Context) (*stage, error) {
	dir, err := os.MkdirTemp("", "anteroom-import-") // for its owner only
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, pending: map[string][]bun.TupleValues{}}
	if s.db, err = database.Open(ctx, "file:"+filepath.Join(dir, "stage.db")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if _, err := s.db.ExecContext(ctx, stageTables); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) close() error { return errors.Join(s.db.Close(), os.RemoveAll(s.dir)) }

// add puts a row into a table, some at a time.
func (s *stage) add(ctx context.Context, tx bun.Tx, table string, values ...any) error {
	s.pending[table] = append(s.pending[table], columns.Tuple(values))
	if len(s.pending[table]) < 500 {
		return nil
	}
	return s.flush(ctx, tx, table)
}

func (s *stage) flush(ctx context.Context, tx bun.Tx, table string) error {
	rows := s.pending[table]
	if len(rows) == 0 {
		return nil
	}
	s.pending[table] = nil
	_, err := tx.ExecContext(ctx, "INSERT INTO ? VALUES ?", bun.Ident(table), bun.List(rows))
	return err
}

// finish puts the last rows in place.
func (s *stage) finish(ctx context.Context, tx bun.Tx) error {
	for table := range s.pending {
		if err := s.flush(ctx, tx, table); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, stageIndexes)
	return err
}

// errFields means that an object does not have the fields of its model.
var errFields = errors.New("does not have the fields of its model")

// user puts a user on the stage, with the address in the form in which addresses compare;
// without one if it is not acceptable.
func (s *stage) user(ctx context.Context, tx bun.Tx, id string, o object, number int) error {
	var f userFields
	if json.Unmarshal(o.Fields, &f) != nil {
		return errFields
	}
	email := ""
	if f.Email != nil {
		if parsed, err := delegation.ParseEmail(*f.Email); err == nil {
			email = string(parsed)
		}
		if email == "" && *f.Email != "" {
			email = "-" // it has one, which is not acceptable
		}
	}
	return s.add(ctx, tx, "users", id, email, textOr(f.AdminEmail), f.IsActive == nil || *f.IsActive, f.CreatedAt, number)
}

func (s *stage) resource(ctx context.Context, tx bun.Tx, id string, o object, _ int) error {
	var f resourceFields
	if json.Unmarshal(o.Fields, &f) != nil {
		return errFields
	}
	return s.add(ctx, tx, "resources", id, f.CreatedAt, f.UpdatedAt)
}

func (s *stage) room(ctx context.Context, tx bun.Tx, id string, o object, number int) error {
	var f roomFields
	if json.Unmarshal(o.Fields, &f) != nil {
		return errFields
	}
	return s.add(ctx, tx, "rooms", id, f.Name, textOr(f.Slug), f.AccessLevel, string(f.Configuration), textOr(f.PINCode),
		number)
}

func (s *stage) access(ctx context.Context, tx bun.Tx, id string, o object, number int) error {
	var f accessFields
	if json.Unmarshal(o.Fields, &f) != nil {
		return errFields
	}
	user, natural := "", []string(nil)
	if json.Unmarshal(f.User, &user) != nil && json.Unmarshal(f.User, &natural) != nil {
		return errFields
	}
	admin := ""
	if len(natural) == 1 {
		admin = natural[0]
	}
	return s.add(ctx, tx, "accesses", id, canonical(f.Resource), canonical(user), admin, f.Role, f.CreatedAt, number)
}

func (s *stage) application(ctx context.Context, tx bun.Tx, id string, o object, number int) error {
	return s.add(ctx, tx, "applications", id, string(o.Fields), number)
}

func (s *stage) domain(ctx context.Context, tx bun.Tx, _ string, o object, _ int) error {
	var f domainFields
	if json.Unmarshal(o.Fields, &f) != nil {
		return errFields
	}
	return s.add(ctx, tx, "domains", canonical(f.Application), f.Domain)
}

func textOr(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// canonical returns a UUID in its usual form, and other texts as they are.
func canonical(id string) string {
	if parsed, err := uuid.Parse(id); err == nil {
		return parsed.String()
	}
	return id
}
