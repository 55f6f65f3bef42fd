package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	prometheusbridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"
)

// scope is the name under which OpenTelemetry has our spans.
const scope = "github.com/anteroom-go/anteroom"

// Config configures [Start].
type Config struct {
	// Env looks variables of the environment up. Required.
	Env func(name string) string
	// Version is that of the program.
	Version string
	// Logger receives what cannot be exported. Required.
	Logger *slog.Logger
}

// Telemetry counts and traces. It is safe for concurrent use.
type Telemetry struct {
	metrics  *metrics
	registry *prometheus.Registry
	clients  clients
	logger   *slog.Logger
	tracer   trace.Tracer // nil if traces are off
	stop     []func(context.Context) error
}

// Start returns telemetry that exports what the environment asks for. It returns an
// error if a variable has a value that is not known.
func Start(ctx context.Context, config Config) (*Telemetry, error) {
	t := &Telemetry{metrics: newMetrics(), clients: clients{named: map[string]bool{}}, logger: config.Logger}
	t.registry = t.metrics.registry(config.Version)
	traces, metrics := enabled(config.Env, "TRACES"), enabled(config.Env, "METRICS")
	if !traces && !metrics {
		return t, nil
	}
	// The errors of OpenTelemetry's own log may repeat variables with secrets.
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(t.report))
	origin, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("anteroom"), semconv.ServiceVersion(config.Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	if traces {
		err = t.exportTraces(ctx, origin)
	}
	if metrics && err == nil {
		err = t.exportMetrics(ctx, origin)
	}
	return t, err
}

// enabled reports whether a signal is exported: its exporter is named, or an endpoint
// of OTLP.
func enabled(env func(string) string, signal string) bool {
	exporter := env("OTEL_" + signal + "_EXPORTER")
	switch {
	case strings.EqualFold(env("OTEL_SDK_DISABLED"), "true"), exporter == "none":
		return false
	}
	return exporter != "" || env("OTEL_EXPORTER_OTLP_ENDPOINT") != "" ||
		env("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
}

func (t *Telemetry) exportTraces(ctx context.Context, origin *resource.Resource) error {
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return fmt.Errorf("exporting traces (OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_…): %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(origin))
	t.tracer = provider.Tracer(scope)
	t.stop = append(t.stop, provider.Shutdown)
	return nil
}

// exportMetrics exports the metrics of Prometheus, under the same names.
func (t *Telemetry) exportMetrics(ctx context.Context, origin *resource.Resource) error {
	autoexport.WithFallbackMetricProducer(func(context.Context) (sdkmetric.Producer, error) {
		return prometheusbridge.NewMetricProducer(prometheusbridge.WithGatherer(t.registry)), nil
	})
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return fmt.Errorf("exporting metrics (OTEL_METRICS_EXPORTER, OTEL_EXPORTER_OTLP_…): %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(origin))
	t.stop = append(t.stop, provider.Shutdown)
	return nil
}

// report logs what could not be exported.
func (t *Telemetry) report(err error) {
	text := err.Error()
	t.logger.Warn("telemetry was not exported", slog.String("error", strings.ToValidUTF8(text[:min(len(text), 512)], "")))
}

// Register adds metrics of others.
func (t *Telemetry) Register(all ...prometheus.Collector) error {
	var errs []error
	for _, one := range all {
		errs = append(errs, t.registry.Register(one))
	}
	return errors.Join(errs...)
}

// Handler returns the metrics over HTTP. A collector that fails does not hide the
// others.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: 4, ErrorLog: slog.NewLogLogger(t.logger.Handler(), slog.LevelWarn), EnableOpenMetrics: true})
}

// Stop exports what is left, until ctx ends.
func (t *Telemetry) Stop(ctx context.Context) error {
	var errs []error
	for _, stop := range t.stop {
		errs = append(errs, stop(ctx))
	}
	return errors.Join(errs...)
}
