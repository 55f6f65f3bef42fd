package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/database"
)

func Example() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "anteroom")
	defer os.RemoveAll(dir)
	rootKeys := delegation.NewRootKeys() // in earnest: delegation.ParseRootKeys(os.Getenv("ROOT_KEY"))

	db, err := database.Open(ctx, "file:"+filepath.Join(dir, "meet.db")) // or postgres://…
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := database.Migrate(ctx, db); err != nil {
		panic(err)
	}
	api, err := server.New(server.Config{URL: "https://meet.example.org", RootKeys: rootKeys, DB: db})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux() // the host's own
	mux.Handle("/external-api/", api)
	mux.Handle("/readyz", api)

	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
	fmt.Println(answer.Code, answer.Body)
	answer = httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("POST", "/external-api/v1.0/application/token/", nil))
	fmt.Println(answer.Code, answer.Body)
	// Output:
	// 200 {"status":"ok"}
	//
	// 400 {"error":"invalid_request","error_description":"The request is malformed, lacks or repeats a parameter, or uses more than one way to authenticate."}
}
