package telemetry

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
)

// Observer returns what counts and traces the requests of a server.
func (t *Telemetry) Observer() server.Observer {
	m := t.metrics
	return server.Observer{
		Request: t.request,
		Signing: t.signing,
		TokenIssued: func(_ context.Context, clientID string) {
			m.issued.WithLabelValues(t.clients.label(clientID)).Inc()
		},
		TokenRefused: func(_ context.Context, _ string, reason delegation.Reason) {
			m.refused.WithLabelValues(string(reason)).Inc()
		},
		Unauthenticated: func(_ context.Context, _, reason string) { m.unauthenticated.WithLabelValues(reason).Inc() },
		OverQuota: func(_ context.Context, clientID, class string) {
			m.overQuota.WithLabelValues(t.clients.label(clientID), class).Inc()
		},
		StoreError: func(context.Context, error) { m.unanswered.Inc() },
	}
}

// request counts a request, and begins its span within the caller's trace.
func (t *Telemetry) request(r *http.Request, id string) (context.Context, func(server.Observation)) {
	t.metrics.inFlight.Inc()
	ctx := r.Context()
	var span trace.Span
	if t.tracer != nil {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
		ctx, span = t.tracer.Start(ctx, "HTTP", trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("anteroom.request_id", id)))
	}
	return ctx, func(answer server.Observation) {
		t.metrics.inFlight.Dec()
		t.metrics.requests.WithLabelValues(answer.Route, answer.Method, strconv.Itoa(answer.Status)).Inc()
		t.metrics.durations.WithLabelValues(answer.Route, answer.Method).Observe(answer.Duration.Seconds())
		if span != nil {
			describe(span, answer)
			span.End()
		}
	}
}

// describe notes the answer in the span of a request, by the semantic conventions of
// OpenTelemetry.
func describe(span trace.Span, answer server.Observation) {
	method, name := answer.Method, answer.Method
	if method == other {
		method, name = "_OTHER", "HTTP"
	}
	span.SetAttributes(semconv.HTTPRequestMethodKey.String(method), semconv.HTTPResponseStatusCode(answer.Status),
		semconv.HTTPResponseBodySize(answer.Bytes))
	if answer.Route != other {
		name += " " + answer.Route
		span.SetAttributes(semconv.HTTPRoute(answer.Route))
	}
	span.SetName(name)
	if answer.ClientID != "" {
		span.SetAttributes(attribute.String("anteroom.client_id", answer.ClientID))
	}
	if answer.Status == 0 || answer.Status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(answer.Status)))
	}
}

// signing measures how long a token is signed.
func (t *Telemetry) signing(ctx context.Context) func(error) {
	began := time.Now()
	return func(err error) {
		t.metrics.signing.Observe(time.Since(began).Seconds())
		class := ""
		if err != nil {
			class = "signing"
		}
		t.span(ctx, "sign token", began, class)
	}
}

// span adds a span that has ended to the trace of a request. Work between requests
// has no trace.
func (t *Telemetry) span(
	ctx context.Context, name string, began time.Time, class string, attributes ...attribute.KeyValue,
) {
	if t.tracer == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	kind := trace.SpanKindInternal
	if len(attributes) > 0 {
		kind = trace.SpanKindClient
	}
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(began), trace.WithSpanKind(kind),
		trace.WithAttributes(attributes...))
	if class != "" {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(class))
	}
	span.End()
}
