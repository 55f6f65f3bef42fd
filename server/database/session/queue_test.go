package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/session"
)

// note is a row of the table that these tests write.
type note struct {
	bun.BaseModel `bun:"table:notes"`

	ID int `bun:"id,pk"`
}

// crowd opens a database for many, and keeps one transaction open in it until release is called.
func crowd(t *testing.T, pool *bun.DB) (db bun.IDB, release func()) {
	t.Helper()
	is := is.New(t)
	_, err := pool.ExecContext(t.Context(), "CREATE TABLE notes (id INTEGER PRIMARY KEY)")
	is.NoErr(err)
	db = session.Sparing(session.Shared(pool), 15) // of sixteen connections, one is for changes
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- db.RunInTx(t.Context(), nil, func(context.Context, bun.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return db, sync.OnceFunc(func() { close(end); is.NoErr(<-done) })
}

// TestReadsPassThoseWhoWait has fifty changes wait for one.
func TestReadsPassThoseWhoWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, pool *bun.DB) {
		is := is.New(t)
		db, release := crowd(t, pool)
		defer release()
		var wait sync.WaitGroup
		errs := make([]error, 50)
		for i := range errs {
			wait.Go(func() {
				row := note{ID: i}
				switch i % 3 {
				case 0:
					_, errs[i] = db.NewInsert().Model(&row).Exec(t.Context())
				case 1:
					_, errs[i] = db.ExecContext(t.Context(), "INSERT INTO notes VALUES (?)", i)
				default:
					errs[i] = db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
						_, err := tx.NewInsert().Model(&row).Exec(ctx)
						return err
					})
				}
			})
		}
		for range 100 {
			n, err := db.NewSelect().Model((*note)(nil)).Count(t.Context())
			is.NoErr(err)
			is.Equal(n, int64(0)) // reads wait for none of them, nor see what is not done
			is.NoErr(db.NewRaw("SELECT count(*) FROM notes").Scan(t.Context(), new(int)))
		}
		release()
		wait.Wait()
		is.NoErr(errors.Join(errs...)) // their turn comes
		n, err := db.NewSelect().Model((*note)(nil)).Count(t.Context())
		is.NoErr(err)
		is.Equal(n, int64(50))
	})
}

func TestATurnIsNotWaitedForForEver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, pool *bun.DB) {
		is := is.New(t)
		db, release := crowd(t, pool)
		defer release()
		row := note{ID: 1}
		waits := map[string]func(ctx context.Context) error{
			"a statement": func(ctx context.Context) error {
				_, err := db.ExecContext(ctx, "DELETE FROM notes")
				return err
			},
			"an insertion": func(ctx context.Context) error {
				_, err := db.NewInsert().Model(&row).Exec(ctx)
				return err
			},
			"an update": func(ctx context.Context) error {
				_, err := db.NewUpdate().Model(&row).Set("id = 2").WherePK().Exec(ctx)
				return err
			},
			"a deletion": func(ctx context.Context) error {
				_, err := db.NewDelete().Model(&row).WherePK().Exec(ctx)
				return err
			},
			"a returning one": func(ctx context.Context) error {
				return db.NewDelete().Model(&row).WherePK().Returning("id").Scan(ctx)
			},
			"a transaction": func(ctx context.Context) error {
				return db.RunInTx(ctx, nil, func(context.Context, bun.Tx) error { return nil })
			},
		}
		var wait sync.WaitGroup
		var mu sync.Mutex
		for name, do := range waits {
			wait.Go(func() {
				err := do(t.Context())
				mu.Lock()
				defer mu.Unlock()
				if !errors.Is(err, session.ErrBusy) {
					t.Errorf("%s: %v", name, err) // it gives up by itself
				}
			})
		}
		wait.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		is.True(errors.Is(waits["a statement"](ctx), context.DeadlineExceeded)) // or when its caller does
	})
}

// TestFirstComeFirstServed has one change queue again and again among eight who always want to change something.
func TestFirstComeFirstServed(t *testing.T) {
	is := is.New(t)
	db := session.Shared(dbtest.Open(t, dbtest.SQLite(t)))
	ctx, cancel := context.WithCancel(t.Context())
	var served atomic.Int32
	serve := func(context.Context, bun.Tx) error { served.Add(1); return nil }
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for ctx.Err() == nil {
				_ = db.RunInTx(ctx, nil, serve)
			}
		})
	}
	passed := make([]int, 100)
	for i := range passed {
		before := served.Load()
		is.NoErr(db.RunInTx(ctx, nil, serve))
		passed[i] = int(served.Load() - before)
	}
	cancel()
	wait.Wait()
	slices.Sort(passed)
	is.True(passed[80] <= 14) // the eight that were there before it, and not who came later
}

func TestWhatIsLeftAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, pool *bun.DB) {
		is := is.New(t)
		tx, err := pool.BeginTx(t.Context(), nil)
		is.NoErr(err)
		defer tx.Rollback()
		is.Equal(session.Shared(tx), bun.IDB(tx)) // a transaction of a host
		is.Equal(session.Sparing(tx, 4), bun.IDB(tx))
		pool.SetMaxOpenConns(0)
		shared := session.Shared(pool)
		is.Equal(session.Sparing(shared, 4), shared) // a pool without bounds, and SQLite
	})
}
