package database

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/anteroom-go/anteroom/server/database/native"
)

// readers sends queries that only read to connections that can do nothing else, so that they do not wait for
// writers. It implements [bun.ConnResolver].
type readers struct{ pool *sql.DB }

// ResolveConn implements [bun.ConnResolver]. Nil means the connection that writes.
func (r readers) ResolveConn(ctx context.Context, query bun.Query) bun.IConn {
	if conn := native.Resolve(ctx, r.pool); conn != nil {
		return conn
	}
	switch q := query.(type) {
	case *bun.SelectQuery:
		return r.pool
	case *bun.RawQuery:
		text, err := q.AppendQuery(schema.NewNopQueryGen(), nil) // as it was written, without its arguments
		if err == nil && readsOnly(string(text)) {
			return r.pool
		}
	}
	return nil
}

// Close implements [bun.ConnResolver].
func (r readers) Close() error { return r.pool.Close() }

// readsOnly reports whether a statement is known to change nothing.
func readsOnly(text string) bool {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	first := text
	if end := strings.IndexFunc(text, notInName); end >= 0 {
		first = text[:end]
	}
	switch strings.ToUpper(first) {
	case "SELECT":
		return true
	case "WITH":
		return !slices.ContainsFunc(strings.FieldsFunc(strings.ToUpper(text), notInName), changes)
	}
	return false
}

func notInName(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// changes reports whether a word can begin what changes rows.
func changes(word string) bool {
	return word == "INSERT" || word == "UPDATE" || word == "DELETE" || word == "REPLACE"
}
