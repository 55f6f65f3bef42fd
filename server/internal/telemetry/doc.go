// Package telemetry counts and traces what the server does: metrics for Prometheus,
// and traces and the same metrics for OpenTelemetry. The program links it; the
// libraries only know [server.Observer].
//
// OpenTelemetry is set up by its own variables (OTEL_…) and is off without them: a
// signal is exported if its exporter or an endpoint of OTLP is named. Spans surround
// requests, statements and signing. A span has the id of its request, which the log
// has too, and the log has the id of the trace.
//
// No metric and no span holds an address, a token, a secret, or the text of a
// statement, into which bun writes its arguments. Every label is one of few texts:
// patterns of routes, methods, reasons from tables, and the ids of at most two
// hundred applications that exist.
package telemetry
