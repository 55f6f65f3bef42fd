package registry

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/remembered"
)

// Memory is the Memory of a [delegation.Config].
type Memory struct {
	Begin        func(ctx context.Context) (context.Context, bool)
	Applications delegation.Applications
	Users        delegation.Users
}

// Memory returns what an Authority on this registry may ask first, and knows while [Registry.Run] runs: what
// was read before and is obeyed, because every method that takes something away returns only when no process
// remembers it any more. It is the zero Memory for a registry on a transaction, and on a host's own pool of
// SQLite, which does not tell of changes by other processes.
func (r *Registry) Memory() Memory {
	if r == nil || r.memory == nil {
		return Memory{}
	}
	return Memory{Begin: r.memory.Begin,
		Applications: remembered.Applications{Applications: r, Memory: r.memory}, Users: remembered.Users{Memory: r.memory}}
}

// Await returns when every process obeys what was committed in a database before it was called, within two seconds.
// A host calls it after it has committed a transaction of its own in which a [Registry] took something away; methods
// of one on a pool have done so themselves. It returns an error only if ctx ends before, or if the names of the tables
// are not found; what was committed is obeyed then as well.
func Await(ctx context.Context, db *bun.DB) error {
	reg, err := New(Config{DB: db})
	if err != nil {
		return err
	}
	return reg.memory.Await(ctx)
}
