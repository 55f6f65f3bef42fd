package schema

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// The version tables of the two sets.
const (
	RegistryTable = "registry_migrations"
	RoomsTable    = "rooms_migrations"
)

// Errors of a schema that this program cannot work on.
var (
	// ErrEmpty means that the database holds no tables.
	ErrEmpty = errors.New("the database has no schema yet")
	// ErrForeign means that the database holds tables, and none of this module, or is marked as that of another
	// program. It is for SQLite, where a file is one program's; in PostgreSQL, tables stand beside others.
	ErrForeign = errors.New("the database file belongs to another program")
	// ErrOlder means that migrations are pending, see [VersionError].
	ErrOlder = errors.New("the schema of the database is older than this program")
	// ErrNewer means that the database does not bear this program, see [VersionError].
	ErrNewer = errors.New("the schema of the database is newer than this program can work with")
)

// Set is one set of migrations: what this program knows, and what the database holds.
type Set struct {
	// Name is "registry" or "rooms".
	Name string
	// Known is the latest version that this program knows, Applied the latest one that the database has; zero if
	// only the floors were looked at.
	Known, Applied int64
	// Floor is the version that a program must know to work on the database. Zero means that it is not told.
	Floor int64

	missing bool // a version that this program knows is not applied
}

// VersionError reports a set that this program cannot work on. It is [ErrOlder] or [ErrNewer].
type VersionError struct {
	Set
	cause error
}

// Error names the versions.
func (e *VersionError) Error() string {
	text := fmt.Sprintf("%v: of %s it knows version %d", e.cause, e.Name, e.Known)
	if e.Applied > 0 || errors.Is(e.cause, ErrOlder) {
		text = fmt.Sprintf("%v: version %d of %s, where it knows %d", e.cause, e.Applied, e.Name, e.Known)
	}
	if errors.Is(e.cause, ErrNewer) && e.Floor > 0 {
		text += fmt.Sprintf(" and would have to know %d", e.Floor)
	}
	return text
}

// Unwrap returns [ErrOlder] or [ErrNewer].
func (e *VersionError) Unwrap() error { return e.cause }

// Check returns both sets if this program can work on the schema of db: it is the one that it knows, or a newer one
// that bears it. Otherwise it returns [ErrEmpty], [ErrForeign], or a [*VersionError] for each set, joined.
func Check(ctx context.Context, db bun.IDB) ([]Set, error) {
	names, err := tables.Find(ctx, db)
	if err != nil {
		return nil, err
	}
	there, all, err := tablesOf(ctx, db, names)
	if err != nil {
		return nil, fmt.Errorf("reading the schema of the database: %w", err)
	}
	if !there[RegistryTable] && !there[RoomsTable] {
		return nil, emptyOrForeign(ctx, db, all)
	}
	sets, err := read(ctx, db, names, there)
	if err != nil {
		return nil, fmt.Errorf("reading the schema of the database: %w", err)
	}
	var problems []error
	for _, set := range sets {
		problems = append(problems, set.problem())
	}
	return sets, errors.Join(problems...)
}

// Newer reports whether one of the sets is newer than this program.
func Newer(sets []Set) bool {
	return slices.ContainsFunc(sets, func(s Set) bool { return s.Applied > s.Known })
}

// Bears returns nil if the database bears this program, as [Check] does for a program that runs already, in one
// statement: it only looks at the floors.
func Bears(ctx context.Context, db bun.IDB) error {
	floors, err := floorsOf(ctx, db)
	if err != nil {
		return fmt.Errorf("reading the schema of the database: %w", err)
	}
	var problems []error
	for _, set := range known() {
		if floor := floors[set.Name]; floor == 0 || floor > set.Known {
			set.Floor = floor
			problems = append(problems, &VersionError{set, ErrNewer})
		}
	}
	return errors.Join(problems...)
}

// problem returns why this program cannot work on a set, or nil.
func (s Set) problem() error {
	switch {
	case s.Applied > s.Known && (s.Floor == 0 || s.Floor > s.Known):
		return &VersionError{s, ErrNewer}
	case s.missing:
		return &VersionError{s, ErrOlder}
	}
	return nil
}

// known returns the sets as this program has them.
func known() []Set {
	return []Set{
		{Name: "registry", Known: slices.Max(versions(registry.Migrations))},
		{Name: "rooms", Known: slices.Max(versions(roomsql.Migrations))},
	}
}

// versions returns those of embedded migrations, whose names begin with them.
func versions(files fs.FS) (all []int64) {
	names, _ := fs.Glob(files, "migrations/*.sql") // the pattern is well formed
	for _, name := range names {
		digits, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		if version, err := strconv.ParseInt(digits, 10, 64); err == nil {
			all = append(all, version)
		}
	}
	return all
}
