package command

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/matryer/is"
	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracespb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	spanpb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// otlp receives OTLP over HTTP, as a collector does.
type otlp struct {
	mu       sync.Mutex
	raw      strings.Builder // all that came
	spans    []*spanpb.Span
	metrics  map[string]bool
	services map[string]bool
}

// ServeHTTP implements [http.Handler].
func (o *otlp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err == nil {
		o.raw.Write(body)
		err = o.take(r.URL.Path, body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (o *otlp) take(path string, body []byte) error {
	switch path {
	case "/v1/traces":
		var message tracespb.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &message); err != nil {
			return err
		}
		for _, resource := range message.ResourceSpans {
			o.services[attributeOf(resource.Resource.Attributes, "service.name")] = true
			for _, scope := range resource.ScopeSpans {
				o.spans = append(o.spans, scope.Spans...)
			}
		}
	case "/v1/metrics":
		var message metricspb.ExportMetricsServiceRequest
		if err := proto.Unmarshal(body, &message); err != nil {
			return err
		}
		for _, resource := range message.ResourceMetrics {
			for _, scope := range resource.ScopeMetrics {
				for _, metric := range scope.Metrics {
					o.metrics[metric.Name] = true
				}
			}
		}
	}
	return nil
}

func attributeOf(all []*commonpb.KeyValue, key string) string {
	for _, one := range all {
		if one.Key == key {
			return one.Value.GetStringValue()
		}
	}
	return ""
}

// request returns the span of the request with an id, and the names of the spans
// within it.
func (o *otlp) request(id string) (span *spanpb.Span, within []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.spans {
		if attributeOf(one.Attributes, "anteroom.request_id") == id {
			span = one
		}
	}
	for _, one := range o.spans {
		if span != nil && string(one.ParentSpanId) == string(span.SpanId) {
			within = append(within, one.Name)
		}
	}
	return span, within
}

func TestOpenTelemetry(t *testing.T) {
	const caller, callerSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	dbtest.EachURL(t, func(t *testing.T, url string) {
		is := is.New(t)
		received := &otlp{metrics: map[string]bool{}, services: map[string]bool{}}
		receiver := httptest.NewServer(received)
		defer receiver.Close()
		i := install(t, url)
		i.env = append(i.env, "OTEL_EXPORTER_OTLP_ENDPOINT="+receiver.URL, "OTEL_SERVICE_NAME=front")
		server := i.serve("--admin-listen", "off")
		var app struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
		is.NoErr(json.Unmarshal([]byte(i.run("app", "create", "--json", "--name", "Calendar", "--domain", "example.com",
			"--scope", "rooms:create")), &app))
		i.run("user", "add", "alice@example.com")
		status, body := i.status("POST", server.url+apiPath+"/application/token/", "grant_type=client_credentials&client_id="+
			app.ID+"&client_secret="+app.Secret+"&scope=alice@example.com",
			"Content-Type: application/x-www-form-urlencoded", "X-Request-Id: token-1",
			"traceparent: 00-"+caller+"-"+callerSpan+"-01")
		is.Equal(status, 200)
		var token struct {
			Access string `json:"access_token"`
		}
		is.NoErr(json.Unmarshal([]byte(body), &token))
		status, _ = i.status("POST", server.url+apiPath+"/rooms/", `{"name":"Top secret budget"}`,
			"Authorization: Bearer "+token.Access, "X-Request-Id: room-1", "Content-Type: application/json")
		is.Equal(status, 201)
		is.NoErr(server.Process.Signal(syscall.SIGTERM))
		is.Equal(server.exit(), 0) // and exports what is left before that

		span, within := received.request("token-1")
		is.Equal(hex.EncodeToString(span.TraceId), caller) // the caller's trace goes on
		is.Equal(hex.EncodeToString(span.ParentSpanId), callerSpan)
		is.Equal(span.Name, "POST /application/token")
		is.Equal(attributeOf(span.Attributes, "http.route"), "/application/token")
		is.Equal(attributeOf(span.Attributes, "anteroom.client_id"), app.ID)
		is.True(slices.Contains(within, "sign token"))
		is.True(slices.Contains(within, "SELECT applications"))
		is.True(strings.Contains(server.output.String(), "trace_id="+caller+" span_id="+hex.EncodeToString(span.SpanId)))

		span, within = received.request("room-1")
		is.Equal(span.Name, "POST /rooms")
		is.Equal(len(span.ParentSpanId), 0) // a trace of its own
		is.True(slices.Contains(within, "INSERT rooms"))

		is.True(received.services["front"])
		for _, name := range []string{"anteroom_http_requests_total", "anteroom_tokens_issued_total",
			"anteroom_signing_key_age_seconds", "go_goroutines"} {
			is.True(received.metrics[name]) // the same metrics, under the same names
		}
		for _, secret := range []string{"@example", app.Secret, token.Access, "Top secret", "127.0.0.1"} {
			is.True(!strings.Contains(received.raw.String(), secret)) // nothing of what was sent
		}
	})
}

func TestOpenTelemetryIsOffUnlessAskedFor(t *testing.T) {
	is := is.New(t)
	received := &otlp{metrics: map[string]bool{}, services: map[string]bool{}}
	receiver := httptest.NewServer(received)
	defer receiver.Close()
	for _, env := range [][]string{
		{"OTEL_SERVICE_NAME=front"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.URL, "OTEL_SDK_DISABLED=true"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.URL, "OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=none"},
	} {
		i := install(t, dbtest.SQLite(t))
		i.env = append(i.env, env...)
		server := i.serve("--admin-listen", "off")
		i.status("GET", server.url+"/healthz", "")
		is.NoErr(server.Process.Signal(syscall.SIGTERM))
		is.Equal(server.exit(), 0)
		is.True(!strings.Contains(server.output.String(), "trace_id"))
	}
	is.Equal(received.raw.Len(), 0)
	i := install(t, dbtest.SQLite(t))
	i.env = append(i.env, "OTEL_TRACES_EXPORTER=carrier-pigeon")
	output, err := i.command("serve", "--listen", "127.0.0.1:0", "--admin-listen", "off").CombinedOutput()
	is.True(err != nil && strings.Contains(string(output), "OTEL_TRACES_EXPORTER")) // a value that is not known is told
}
