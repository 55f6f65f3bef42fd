package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

// openExample opens a new database, which a host does once.
func openExample(ctx context.Context) (db *bun.DB, remove func()) {
	dir, err := os.MkdirTemp("", "anteroom")
	if err != nil {
		panic(err)
	}
	db, err = database.Open(ctx, "file:"+filepath.Join(dir, "meet.db")) // or postgres://…
	if err == nil {
		err = database.Migrate(ctx, db)
	}
	if err != nil {
		panic(err)
	}
	return db, func() { _, _ = db.Close(), os.RemoveAll(dir) }
}

func ExampleNew() {
	ctx := context.Background()
	db, remove := openExample(ctx)
	defer remove()

	rootKeys := delegation.NewRootKeys() // in earnest: delegation.ParseRootKeys(os.Getenv("ROOT_KEY"))
	api, err := server.New(ctx, server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go api.Run(ctx)              // rotates signing keys
	listener := api.HTTPServer() // with time-outs; listener.ListenAndServe() serves
	fmt.Println(listener.ReadHeaderTimeout)
	// Output: 5s
}

// A host serves the API in its own mux, beside its own routes.
func ExampleServer() {
	ctx := context.Background()
	db, remove := openExample(ctx)
	defer remove()
	api, err := server.New(ctx, server.Config{URL: "https://meet.example.org", RootKeys: delegation.NewRootKeys(), DB: db})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/external-api/", api)
	mux.Handle("/.well-known/", api)
	mux.Handle("/readyz", api)

	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
	fmt.Print(answer.Code, " ", answer.Body)
	answer = httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "/external-api/v1.0/rooms/", nil))
	challenge, _, _ := strings.Cut(answer.Header().Get("WWW-Authenticate"), ",")
	fmt.Println(answer.Code, challenge)
	// Output:
	// 200 {"status":"ok"}
	// 401 Bearer realm="external-api"
}

// A host counts and traces what the server does by libraries of its choice.
func ExampleObserver() {
	ctx := context.Background()
	db, remove := openExample(ctx)
	defer remove()
	observer := server.Observer{
		Request: func(r *http.Request, id string) (context.Context, func(server.Observation)) {
			return r.Context(), func(answer server.Observation) {
				fmt.Println(id, answer.Method, answer.Route, answer.Status)
			}
		},
		Unauthenticated: func(_ context.Context, _, reason string) { fmt.Println("who is it?", reason) },
	}
	api, err := server.New(ctx, server.Config{URL: "https://meet.example.org", RootKeys: delegation.NewRootKeys(), DB: db,
		Observer: observer})
	if err != nil {
		panic(err)
	}
	request := httptest.NewRequest("GET", "/external-api/v1.0/rooms/1/", nil)
	request.Header.Set("X-Request-Id", "request-1")
	api.ServeHTTP(httptest.NewRecorder(), request)
	// Output:
	// who is it? missing_token
	// request-1 GET /rooms/:id 401
}

func ExampleConfigError() {
	_, err := server.New(context.Background(), server.Config{URL: "meet.example.org", RootKeys: delegation.NewRootKeys()})
	var wrong *server.ConfigError
	fmt.Println(errors.As(err, &wrong), wrong.Field) // the first of them
	fmt.Println(err)
	// Output:
	// true URL
	// server: Config.URL must be an absolute http or https URL without user, query and fragment
	// server: Config.DB is required, or all of Applications, Users, Keys and Rooms
}
