package operators

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/anteroom-go/anteroom/server/internal/readiness"
)

// readinessMetrics shows what the checks of readiness find, as metrics.
type readinessMetrics struct{ checks *readiness.Prober }

// Describe implements [prometheus.Collector]: it describes nothing in advance.
func (readinessMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (m readinessMetrics) Collect(out chan<- prometheus.Metric) {
	description := prometheus.NewDesc("anteroom_ready", "Whether a condition of readiness holds.", []string{"check"}, nil)
	for _, result := range m.checks.Results() {
		value := 0.0
		if result.OK {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, result.Name)
	}
}
