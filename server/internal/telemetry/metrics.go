package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are those that the process counts itself.
type metrics struct {
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	inFlight  prometheus.Gauge

	issued          *prometheus.CounterVec
	refused         *prometheus.CounterVec
	unauthenticated *prometheus.CounterVec
	overQuota       *prometheus.CounterVec
	unanswered      prometheus.Counter

	statements  *prometheus.HistogramVec
	storeErrors *prometheus.CounterVec
	signing     prometheus.Histogram
	lease       *prometheus.GaugeVec
}

// seconds are the bounds of histograms: a request has twenty.
func seconds() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds()}, labels)
}

func newMetrics() *metrics {
	return &metrics{
		requests:  counter("anteroom_http_requests_total", "Requests that were answered.", "route", "method", "status"),
		durations: histogram("anteroom_http_request_duration_seconds", "How long requests took.", "route", "method"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "anteroom_http_requests_in_flight",
			Help: "Requests that are being answered."}),

		issued:  counter("anteroom_tokens_issued_total", "Tokens that were issued.", "client_id"),
		refused: counter("anteroom_tokens_refused_total", "Token requests that were refused.", "reason"),
		unauthenticated: counter("anteroom_authentication_failures_total",
			"Requests whose callers did not prove who they are, by a secret, an assertion or a token.", "reason"),
		overQuota: counter("anteroom_quota_refusals_total", "Requests that were refused for their number.",
			"client_id", "class"),
		unanswered: prometheus.NewCounter(prometheus.CounterOpts{Name: "anteroom_http_requests_unanswered_total",
			Help: "Requests that were answered 503, because the store or the keys returned an error."}),

		statements: histogram("anteroom_store_duration_seconds", "How long statements took, with the wait for a connection.",
			"operation"),
		storeErrors: counter("anteroom_store_errors_total", "Statements that failed, except for conflicts that are answers.",
			"operation", "class"),
		signing: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "anteroom_signing_duration_seconds",
			Help: "How long it took to sign a token.", Buckets: seconds()}),
		lease: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "anteroom_lease_held",
			Help: "Whether this process does the work of which one process does it."}, []string{"lease"}),
	}
}

// registry returns a registry of the metrics, and of those of Go, the process and
// the build.
func (m *metrics) registry(version string) *prometheus.Registry {
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "anteroom_build_info", Help: "1, with the version.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.durations, m.inFlight, m.issued, m.refused, m.unauthenticated, m.overQuota, m.unanswered,
		m.statements, m.storeErrors, m.signing, m.lease)
	m.lease.WithLabelValues(purge).Set(0)
	for _, class := range errorClasses() {
		m.storeErrors.WithLabelValues("SELECT", class)
	}
	return registry
}
