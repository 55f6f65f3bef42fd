// Package server is the external API over HTTP: a token endpoint (RFC 6749
// §4.4) for applications that act for a user, and a rooms API for the tokens it
// issues. It is thin: HTTP in, one call of package delegation or rooms, HTTP
// out.
//
//	db, err := database.Open(ctx, "file:meet.db")
//	err = database.Migrate(ctx, db)
//	api, err := server.New(server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
//	go api.Run(ctx)                         // rotates signing keys
//	err = http.ListenAndServe(":8080", api) // or api.HTTPServer(), with time-outs
//
// [Server] is an http.Handler. Served alone it answers everything; in a host's
// mux it wants the base path and, below the public URL, /.well-known/:
//
//	mux.Handle("/external-api/", api)
//	mux.Handle("/.well-known/", api)
//
// The server itself never redirects; an http.ServeMux does so by itself where
// the path of a request has doubled slashes or dots.
//
// A host replaces what it has itself, one field of [Config] each: Users for its
// accounts, Rooms for its storage, Keys for a KMS.
//
// # Guarantees
//
// The whole surface is one table; a route that needs no scope says public.
// What the API promises is openapi.yaml, served at openapi.json below the base
// path and shown as a page at docs/. Errors are vague to callers and exact in the
// log, under the same request id; nothing of a request but its id stands in a log
// record or a header, where links repeat the filters of a list, escaped. Queries,
// secrets, tokens, PINs and addresses are never logged.
//
// Every application, and every user of it, has quotas of requests a minute
// ([RateLimits]), counted in the memory of each [Server].
//
// The base path carries the version of the external API, which is independent
// of any version of the host's own API.
package server
