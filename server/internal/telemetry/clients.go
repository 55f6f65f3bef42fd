package telemetry

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// mostClients is how many applications metrics name; the others are one.
const mostClients = 200

// other stands for what has no name of its own.
const other = "other"

// clients are the applications that metrics name.
type clients struct {
	mu    sync.Mutex
	named map[string]bool
}

// label returns the client id of an application that exists, or other if enough
// others are named already.
func (c *clients) label(id string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case id == "":
		return other
	case c.named[id]:
		return id
	case len(c.named) >= mostClients:
		return other
	}
	c.named[id] = true
	return id
}

// Clients returns the client ids that metrics name.
func (t *Telemetry) Clients() []string {
	t.clients.mu.Lock()
	defer t.clients.mu.Unlock()
	return slices.Collect(maps.Keys(t.clients.named))
}

// Forget drops applications that are gone from the metrics.
func (t *Telemetry) Forget(gone []string) {
	t.clients.mu.Lock()
	defer t.clients.mu.Unlock()
	for _, id := range gone {
		delete(t.clients.named, id)
		t.metrics.issued.DeletePartialMatch(prometheus.Labels{"client_id": id})
		t.metrics.overQuota.DeletePartialMatch(prometheus.Labels{"client_id": id})
	}
}
