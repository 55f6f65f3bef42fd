package roomsql

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/native"
)

// statements remembers texts as the database gets them, by what they are put together to: with the names of tables, and
// with numbers for question marks. It is safe for concurrent use.
type statements struct {
	finished sync.Map // of strings
	size     atomic.Int64
}

// mostStatements is how many are remembered. Filters of lists may be combined to more of them,
// which are finished each time.
const mostStatements = 1000

// finish returns the text of a fragment as the database gets it.
func (s *Store) finish(text string) string {
	if known, found := s.statements.finished.Load(text); found {
		finished, _ := known.(string)
		return finished
	}
	finished := s.texts.Names().SQL(numbered(text))
	if s.statements.size.Load() < mostStatements {
		if _, known := s.statements.finished.LoadOrStore(strings.Clone(text), finished); !known {
			s.statements.size.Add(1)
		}
	}
	return finished
}

// numbered returns a text with $1, $2 and so on for its question marks.
func numbered(text string) string {
	var out strings.Builder
	for i := 1; ; i++ {
		before, after, found := strings.Cut(text, "?")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		out.WriteString("$" + strconv.Itoa(i))
		text = after
	}
}

// row reads the first row of a query; see [native.Row].
func (s *Store) row(ctx context.Context, query fragment, dest ...any) error {
	return native.Row(ctx, s.db, s.finish(query.sql), query.args, dest...)
}

// rows reads the rows of a query; see [native.Rows].
func (s *Store) rows(ctx context.Context, query fragment, each func(row *sql.Rows) error) error {
	return native.Rows(ctx, s.db, s.finish(query.sql), query.args, each)
}

// exec makes a change on a handle, and reports whether it changed anything.
func (s *Store) exec(ctx context.Context, db bun.IDB, change fragment) (changed bool, err error) {
	return affected(native.Exec(ctx, db, s.finish(change.sql), change.args...))
}
