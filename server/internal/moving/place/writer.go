package place

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

// Result is what became of a record.
type Result string

// The results.
const (
	Imported Result = "imported"
	Present  Result = "there already"
	Updated  Result = "updated"
	LeftOut  Result = "left out" // it breaks a rule
	Conflict Result = "conflict" // what is there differs from it
)

// Outcome is what became of one record, and why.
type Outcome struct {
	Kind   string
	Key    string
	Number int
	Result Result
	Reason string
}

// Writer puts records into a database.
type Writer struct {
	db     bun.IDB
	update bool
	check  *checker
}

// NewWriter returns a writer. With update it gives what is there and differs the values of
// the records.
func NewWriter(db bun.IDB, update bool, now time.Time) (*Writer, error) {
	check, err := newChecker(now)
	return &Writer{db, update, check}, err
}

// item is a record on its way.
type item struct {
	record.Record
	given   []string // the fields that the file has
	outcome *Outcome
}

// settle decides what becomes of the record.
func (i item) settle(result Result, reason string) {
	i.outcome.Result, i.outcome.Reason = result, reason
}

func (i item) open() bool { return i.outcome.Result == "" }

// unsettled returns the items of which nothing has become yet.
func unsettled(items []item) []item {
	return slices.DeleteFunc(slices.Clone(items), func(i item) bool { return !i.open() })
}

// Put puts records of one kind into the database, in one transaction, and returns what
// became of each. With an error nothing was put.
func (w *Writer) Put(ctx context.Context, records []record.Record) ([]Outcome, error) {
	if len(records) == 0 {
		return nil, nil
	}
	outcomes := make([]Outcome, len(records))
	items := make([]item, len(records))
	for n, r := range records {
		items[n] = item{r, slices.Collect(maps.Keys(r.Values)), &outcomes[n]}
	}
	err := w.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return w.inTx(ctx, tx, items) })
	if err != nil {
		return nil, fmt.Errorf("%s records %d to %d: %w", records[0].Kind.Name, records[0].Number,
			records[len(records)-1].Number, err)
	}
	for n, i := range items {
		outcomes[n].Kind, outcomes[n].Key, outcomes[n].Number = i.Kind.Name, i.Key(), i.Number
	}
	return outcomes, nil
}

func (w *Writer) inTx(ctx context.Context, tx bun.Tx, items []item) error {
	if err := roomy(ctx, tx); err != nil {
		return err
	}
	for some := range slices.Chunk(items, atOnce) {
		if err := w.prepare(ctx, tx, some); err != nil {
			return err
		}
		if err := w.put(ctx, tx, some[0].Kind, unsettled(some)); err != nil {
			return err
		}
	}
	return note(ctx, tx, items)
}

// atOnce is how many records one statement puts.
const atOnce = 500

// roomy lets SQLite hold a batch in memory: 64 MiB in the place of 2.
func roomy(ctx context.Context, tx bun.Tx) error {
	if tx.Dialect().Name() != dialect.SQLite {
		return nil
	}
	_, err := tx.ExecContext(ctx, "PRAGMA cache_size = -65536")
	return err
}

// prepare completes the records, and leaves out those that break a rule.
func (w *Writer) prepare(ctx context.Context, tx bun.Tx, items []item) error {
	if err := w.identify(ctx, tx, items); err != nil {
		return err
	}
	for _, i := range unsettled(items) {
		if err := w.check.complete(i.Record); err != nil {
			i.settle(LeftOut, oneLine(err))
		}
	}
	if items[0].Kind.Name == record.Secret {
		return w.ownersOfSecrets(ctx, tx, unsettled(items))
	}
	return nil
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// identify gives records that have no id the one under which they are there, users by
// their address and rooms by their slug; and owners whose address alone is known that of their
// user. What is not there gets a new id.
func (w *Writer) identify(ctx context.Context, tx bun.Tx, items []item) error {
	switch items[0].Kind.Name {
	case record.User:
		return w.adopt(ctx, tx, items, "email", "SELECT u.email AS name, u.id FROM {users} AS u WHERE u.email IN (?)")
	case record.Room:
		err := w.adopt(ctx, tx, items, "slug",
			"SELECT r.slug AS name, COALESCE(r.imported_id, r.id) AS id FROM {rooms} AS r WHERE r.slug IN (?)")
		if err != nil {
			return err
		}
		if err := w.times(ctx, tx, items); err != nil {
			return err
		}
		return w.owners(ctx, tx, items)
	}
	return nil
}

// times gives rooms without a time of creation the one that they have, if they are there.
func (w *Writer) times(ctx context.Context, tx bun.Tx, items []item) error {
	var timeless []string
	for _, i := range items {
		if i.Values["created_at"] == nil && storable(i.Text("id")) {
			timeless = append(timeless, i.Text("id"))
		}
	}
	if len(timeless) == 0 {
		return nil
	}
	var rows []struct {
		ID        string
		CreatedAt time.Time
	}
	err := tx.NewRaw(tables.SQL(tx, "SELECT r.id, r.created_at FROM {rooms} AS r WHERE r.id IN (?) UNION ALL"+
		" SELECT r.imported_id, r.created_at FROM {rooms} AS r WHERE r.imported_id IN (?)"),
		bun.List(timeless), bun.List(timeless)).Scan(ctx, &rows)
	created := map[string]time.Time{}
	for _, row := range rows {
		created[row.ID] = row.CreatedAt.UTC()
	}
	for _, i := range items {
		if at, there := created[i.Text("id")]; there {
			orElse(i.Record, "created_at", at)
		}
	}
	return err
}

func (w *Writer) adopt(ctx context.Context, tx bun.Tx, items []item, field, query string) error {
	var nameless []item
	var names []string
	for _, i := range items {
		if i.Text("id") == "" && storable(i.Text(field)) {
			nameless, names = append(nameless, i), append(names, strings.ToLower(strings.TrimSpace(i.Text(field))))
		}
	}
	ids, err := idsOf(ctx, tx, query, names)
	if err != nil {
		return err
	}
	for n, i := range nameless {
		if ids[names[n]] == "" { // otherwise also of the second in a batch
			made, err := uuid.NewV7()
			if err != nil {
				return err
			}
			ids[names[n]] = made.String()
		}
		i.Values["id"] = ids[names[n]]
	}
	return nil
}

// idsOf returns ids by names.
func idsOf(ctx context.Context, tx bun.Tx, query string, names []string) (map[string]string, error) {
	ids := map[string]string{}
	if len(names) == 0 {
		return ids, nil
	}
	var rows []struct{ Name, ID string }
	if err := tx.NewRaw(tables.SQL(tx, query), bun.List(names)).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	for _, row := range rows {
		ids[row.Name] = row.ID
	}
	return ids, nil
}

// owners finds the users of owners who are named by their address.
func (w *Writer) owners(ctx context.Context, tx bun.Tx, items []item) error {
	var names []string
	everyOwner(items, func(_ item, m *record.Member) { names = append(names, normal(m.Email)) })
	ids, err := idsOf(ctx, tx, "SELECT u.email AS name, u.id FROM {users} AS u WHERE u.email IN (?)", names)
	if err != nil {
		return err
	}
	everyOwner(items, func(i item, m *record.Member) {
		if m.UserID = ids[normal(m.Email)]; m.UserID == "" {
			i.settle(LeftOut, "the owner is no user; import the users first")
		}
	})
	return nil
}

func normal(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// everyOwner visits the owners without a user id.
func everyOwner(items []item, visit func(item, *record.Member)) {
	for _, i := range items {
		people, _ := i.Values["members"].([]record.Member)
		for n := range people {
			if m := &people[n]; m.Role == "owner" && m.UserID == "" && m.Email != "" && storable(m.Email) {
				visit(i, m)
			}
		}
	}
}

// ownersOfSecrets leaves out the secrets of applications that are not there.
func (w *Writer) ownersOfSecrets(ctx context.Context, tx bun.Tx, items []item) error {
	var names []string
	for _, i := range items {
		names = append(names, i.Text("client_id"))
	}
	ids, err := idsOf(ctx, tx,
		"SELECT a.client_id AS name, a.client_id AS id FROM {applications} AS a WHERE a.client_id IN (?)", names)
	for _, i := range items {
		if ids[i.Text("client_id")] == "" {
			i.settle(LeftOut, "there is no application with this client_id")
		}
	}
	return err
}
