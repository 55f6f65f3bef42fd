// Package inventory counts what a database holds and operators watch: the ages of
// signing keys, secrets that expire soon, what waits to be cleaned up, and who
// cleans up. It is a collector of Prometheus.
package inventory

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/server/internal/latest"
)

const (
	// patience is how long a scrape waits for the database.
	patience = time.Second
	// keep is how long a snapshot is used, however often it is asked for.
	keep = 15 * time.Second
	// Soon is when a secret counts as one that expires.
	Soon = 7 * 24 * time.Hour
	// MostCounted is where counting ends: rows beyond it are not worth their cost.
	MostCounted = 10_000
	// mostClients is how many applications are named.
	mostClients = 200
)

// Config configures an [Inventory].
type Config struct {
	// DB has a pool of its own, so that counting does not wait for requests. Required.
	DB *bun.DB
	// RotateEvery is how long a signing key signs; less than zero is for ever.
	RotateEvery time.Duration
	// KeysAgreed returns when the keys of the process were last those of the database.
	// Required.
	KeysAgreed func() time.Time
	// Clients returns the applications that metrics name, and Forget drops those that
	// are gone. Required.
	Clients func() []string
	Forget  func(gone []string)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Inventory is the collector. It is safe for concurrent use.
type Inventory struct {
	config   Config
	snapshot *latest.Value[[]prometheus.Metric]
	up       *prometheus.Desc
	agreed   *prometheus.Desc
}

// New returns an inventory. It does not touch the database before it is asked.
func New(config Config) *Inventory {
	if config.Now == nil {
		config.Now = time.Now
	}
	i := &Inventory{
		config: config,
		up: prometheus.NewDesc("anteroom_inventory_up",
			"Whether the database could be counted: 0 means that its gauges are missing.", nil, nil),
		agreed: prometheus.NewDesc("anteroom_signing_keys_confirmed_age_seconds",
			"Seconds since the signing keys of this process were last found to be those of the database.", nil, nil),
	}
	i.snapshot = latest.New(i.take, patience, keep)
	return i
}

// Describe implements [prometheus.Collector]: it describes nothing, because what
// there is depends on the database.
func (i *Inventory) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (i *Inventory) Collect(out chan<- prometheus.Metric) {
	metrics, ok := i.snapshot.Get()
	up := 0.0
	if ok && metrics != nil {
		up = 1
	}
	out <- prometheus.MustNewConstMetric(i.up, prometheus.GaugeValue, up)
	for _, metric := range metrics {
		out <- metric
	}
	if agreed := i.config.KeysAgreed(); !agreed.IsZero() {
		out <- prometheus.MustNewConstMetric(i.agreed, prometheus.GaugeValue, i.config.Now().Sub(agreed).Seconds())
	}
}

// take returns the metrics of the database, or nil if it cannot be read.
func (i *Inventory) take(ctx context.Context) []prometheus.Metric {
	var all []prometheus.Metric
	for _, count := range []func(context.Context) ([]prometheus.Metric, error){
		i.signingKeys, i.secrets, i.backlog, i.leases, i.clients,
	} {
		metrics, err := count(ctx)
		if err != nil {
			return nil
		}
		all = append(all, metrics...)
	}
	return all
}

// gauge returns one sample of a gauge.
func gauge(name, help string, value float64, labels ...string) prometheus.Metric {
	var names, values []string
	for n := 0; n < len(labels); n += 2 {
		names, values = append(names, labels[n]), append(values, labels[n+1])
	}
	return prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value,
		values...)
}
