package lease

import (
	"context"
	"time"
)

const (
	// Length is how long a command waits for a replica at most, by its own clock.
	Length = 1500 * time.Millisecond
	// Margin is how much sooner a replica stops believing in its lease, by its own clock. Both
	// clocks may be wrong by one part in twenty: (Length-Margin)*1.05 <= Length*0.95.
	Margin = 150 * time.Millisecond
	// Every is how often a lease is renewed.
	Every = 300 * time.Millisecond

	// pollEvery is how often a command looks at the rows.
	pollEvery = 20 * time.Millisecond
	// lookFor is how long the first look may take, and the removal of old rows after the last:
	// together with Length less than two seconds.
	lookFor = 200 * time.Millisecond
)

// Change names what was changed: a kind of row, and its key. Everything that is remembered
// about it is forgotten.
type Change struct{ Kind, Key string }

// Everything is the change of all rows of a kind.
var Everything = Change{Kind: "everything"}

// News is what a replica reads when it renews its lease.
type News struct {
	// Epoch is the newest one.
	Epoch int64
	// Changes are those after the epoch that was asked for, up to Epoch.
	Changes []Change
	// Gap reports that Changes may lack some, or that the epoch that was asked for is not of
	// this database: the replica forgets everything.
	Gap bool
}

// Row is the lease of one replica.
type Row struct {
	Holder string
	Seen   int64 // the epoch up to which it has applied all changes
	Term   int64 // greater after each renewal
}

// Store keeps the epoch, the changes and the leases. Each method is one transaction on the
// primary database, and reads what was committed before it was called.
type Store interface {
	// Hold writes the row of a holder, unless there is one with the same or a greater term. A
	// statement that arrives late must not bring back an older term, by which a command could
	// take the lease for one that ended.
	Hold(ctx context.Context, row Row) error
	// Since returns the changes after an epoch, read at one moment.
	Since(ctx context.Context, epoch int64) (News, error)
	// Rows returns the newest epoch and all rows, read at one moment.
	Rows(ctx context.Context) (epoch int64, rows []Row, err error)
	// Remove removes the row of a holder, unless it has a greater term.
	Remove(ctx context.Context, row Row) error
}
