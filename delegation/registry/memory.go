package registry

import (
	"context"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/remembered"
)

// Memory returns what an Authority on this registry may ask first, and knows while [Registry.Run] runs: what
// was read before and is obeyed, because every method that takes something away returns only when no process
// remembers it any more. It is the zero Memory for a registry on a transaction, and on a host's own pool of
// SQLite, which does not tell of changes by other processes.
func (r *Registry) Memory() delegation.Memory {
	if r == nil || r.memory == nil {
		return delegation.Memory{}
	}
	return delegation.Memory{Begin: r.memory.Begin,
		Applications: remembered.Applications{Applications: r, Memory: r.memory}, Users: remembered.Users{Memory: r.memory}}
}

// Await returns when every process obeys what was committed before it was called, within two seconds. A host
// calls it after it has committed a transaction of its own in which a Registry took something away; methods on
// a pool have done so themselves. It returns an error only if ctx ends before; the change is obeyed then as well.
func (r *Registry) Await(ctx context.Context) error { return r.memory.Await(ctx) }
