// Package server is the external API over HTTP: a token endpoint (RFC 6749 §4.4) for applications that act for a user,
// and a rooms API for the tokens it issues. It is thin: HTTP in, one call of a domain package, HTTP out. The example of
// [New] has it whole.
//
// [Server] is an http.Handler. Served alone it answers everything; in a host's mux it needs the base path and, below
// the public URL, /.well-known/, as in the example of [Server]. Health is at /healthz and /readyz, below the public URL
// and at the root. The server itself never redirects; an http.ServeMux does so by itself where the path of a request
// has doubled slashes or dots.
//
// A host replaces what it has itself, one field of [Config] each: Users for its accounts, Rooms for its storage, Keys
// for a KMS. Beside the API are the form of its links (RoomURL), the texts of its invitations ([Invitations]),
// credentials of its own ([Authenticator]), and the origins of its pages (CORSOrigins).
//
// # Guarantees
//
// The whole surface is one table of routes, and a route without a scope has to be public by name. What the API promises
// is openapi.yaml, served below the base path at openapi.json and, as OpenAPI 3.0, at openapi-3.0.json, and shown as a
// page at docs/.
//
// Errors are vague to callers and exact in the log, under the same request id. One record of the log is written for
// each request: its id, method, route, status, size and duration, the address of the connection, the ids of the
// application, the user and the room, and the error. It holds no path, no query, no body, no secret, no token, no PIN
// and no e-mail address. Answers and records are bounded, whatever the request is. A caller who left before there was
// an answer is logged with the status 499, which no answer has, and is no error.
//
// The body of a request is read before a store is asked, within fifteen seconds. The twenty seconds for an answer begin
// then. A request whose caller leaves is undone, or done and kept whole.
//
// To stop without dropping a request, call [Server.Drain], go on serving until proxies
// have noticed, and then call Shutdown of the http.Server.
//
// Every application, and every user of it, has quotas of requests a minute ([rates.Limits]), counted in the memory of
// each [Server] or in a counter that servers share ([rates.Counter]). Requests that cost more than others are answered
// a few at a time for one application, until their answers are read.
//
// A host observes all of it through one struct of functions, [Observer], without a library of metrics or traces being
// linked. Middleware around the server finds the route in Request.Pattern, as [http.ServeMux] has it: with the prefix,
// and one of few texts. It stays as it was where nothing is.
//
// The base path carries the version of the external API, which is independent of any version of the host's own API.
package server
