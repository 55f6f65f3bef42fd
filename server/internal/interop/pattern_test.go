package interop_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/matryer/is"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// served returns a server below a path, in the mux of a host.
func served(t *testing.T) http.Handler {
	t.Helper()
	api, err := server.New(t.Context(), server.Config{URL: "https://meet.example.org/team",
		RootKeys: delegation.NewRootKeys(), DB: dbtest.Open(t, dbtest.SQLite(t))})
	is.New(t).NoErr(err)
	mux := http.NewServeMux()
	mux.Handle("/team/external-api/", api)
	mux.Handle("/.well-known/", api)
	mux.Handle("/healthz", api)
	return mux
}

// asked are requests with ids of their own, and the patterns that stand for them.
var asked = [][3]string{
	{"GET", "/team/external-api/v1.0/rooms/", "GET /team/external-api/v1.0/rooms"},
	{"GET", "/team/external-api/v1.0/rooms/0199d9f6-5c1e-7d2a-9a53-1d2f3b4c5d6e/",
		"GET /team/external-api/v1.0/rooms/{id}"},
	{"DELETE", "/team/external-api/v1.0/rooms/42/attendees/43/",
		"DELETE /team/external-api/v1.0/rooms/{id}/attendees/{attendee}"},
	{"POST", "/team/external-api/v1.0/rooms/lookup/", "POST /team/external-api/v1.0/rooms/lookup"},
	{"POST", "/team/external-api/v1.0/application/token/", "POST /team/external-api/v1.0/application/token"},
	{"PUT", "/team/external-api/v1.0/rooms/44/", "/team/external-api/v1.0/rooms/{id}"},
	{"GET", "/team/external-api/v1.0/rooms/45/46/47", "/team/external-api/"}, // the mux of the host has no better one
	{"GET", "/healthz", "GET /team/healthz"},
}

// ask sends all requests.
func ask(t *testing.T, handler http.Handler) {
	t.Helper()
	for _, one := range asked {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), one[0], one[1], nil))
	}
}

// routeOf returns a pattern without its method, as OpenTelemetry has routes.
func routeOf(pattern string) string {
	for i, character := range pattern {
		if character == '/' {
			return pattern[i:]
		}
	}
	return pattern
}

// TestOpenTelemetryNamesRoutes puts otelhttp around a server: spans and metrics have
// the routes, and no id.
func TestOpenTelemetryNamesRoutes(t *testing.T) {
	is := is.New(t)
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	ask(t, otelhttp.NewHandler(served(t), "meet",
		otelhttp.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))),
		otelhttp.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Pattern })))
	var want, routes []string
	for i, span := range spans.Ended() {
		is.Equal(span.Name(), asked[i][2])
		want = append(want, routeOf(asked[i][2]))
	}
	is.Equal(len(want), len(asked))
	var data metricdata.ResourceMetrics
	is.NoErr(reader.Collect(context.Background(), &data))
	for _, one := range data.ScopeMetrics[0].Metrics {
		if histogram, ok := one.Data.(metricdata.Histogram[float64]); ok {
			for _, point := range histogram.DataPoints {
				name, _ := point.Attributes.Value("http.route")
				routes = append(routes, name.AsString())
			}
		}
	}
	slices.Sort(want)
	slices.Sort(routes)
	is.Equal(slices.Compact(routes), slices.Compact(want))
}

// TestPrometheusNamesRoutes puts promhttp around a server.
func TestPrometheusNamesRoutes(t *testing.T) {
	is := is.New(t)
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests"}, []string{"route"})
	registry := prometheus.NewRegistry()
	is.NoErr(registry.Register(counter))
	ask(t, promhttp.InstrumentHandlerCounter(counter, served(t),
		promhttp.WithLabelFromRequest("route", func(r *http.Request) string { return r.Pattern })))
	families, err := registry.Gather()
	is.NoErr(err)
	var want, routes []string
	for _, one := range asked {
		want = append(want, one[2])
	}
	for _, metric := range families[0].Metric {
		routes = append(routes, metric.Label[0].GetValue())
	}
	slices.Sort(want)
	slices.Sort(routes)
	is.Equal(routes, want)
}
