// Client-go-dpop is an application in Go whose tokens are of no use to whoever steals
// them: they are bound to a key that never leaves it (RFC 9449). The OAuth client is
// golang.org/x/oauth2/clientcredentials, and what it lacks is a http.RoundTripper.
//
//	ANTEROOM_API=http://127.0.0.1:8080/external-api/v1.0 \
//	CLIENT_ID=app_… CLIENT_SECRET=arsk_… USER_EMAIL=alice@example.com go run ./examples/client-go-dpop
package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// room is the part of a room that this application cares for.
type room struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

func main() {
	if err := run(context.Background(), os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "client-go-dpop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, env func(string) string, out io.Writer) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	api := env("ANTEROOM_API")
	config := clientcredentials.Config{
		ClientID:     env("CLIENT_ID"),
		ClientSecret: env("CLIENT_SECRET"),
		TokenURL:     api + "/application/token/",
		Scopes:       []string{env("USER_EMAIL")}, // the delegated user
		AuthStyle:    oauth2.AuthStyleInHeader,
	}
	proving := &http.Client{Transport: &prover{key: key, base: http.DefaultTransport}}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, proving) // behind the token endpoint and behind the API
	return use(ctx, client{http: config.Client(ctx), url: api + "/rooms/"}, out)
}

// use makes a room, renames it, lists the user's rooms and deletes it.
func use(ctx context.Context, rooms client, out io.Writer) error {
	var created, changed room
	var list struct{ Count int }
	if err := rooms.call(ctx, "POST", "", map[string]string{"name": "Budget"}, &created); err != nil {
		return err
	}
	fmt.Fprintln(out, "created", created.Name, created.URL)
	if err := rooms.call(ctx, "PATCH", created.ID+"/", map[string]string{"name": "Budget 2027"}, &changed); err != nil {
		return err
	}
	fmt.Fprintln(out, "renamed", changed.Name, changed.URL)
	if err := rooms.call(ctx, "GET", "", nil, &list); err != nil {
		return err
	}
	fmt.Fprintln(out, "listed", list.Count)
	if err := rooms.call(ctx, "DELETE", created.ID+"/", nil, nil); err != nil {
		return err
	}
	fmt.Fprintln(out, "deleted", created.Name)
	return nil
}

type client struct {
	http *http.Client
	url  string
}

// call sends one request and decodes the answer; errors carry the problem's code and
// the request id to quote to the operator.
func (c client) call(ctx context.Context, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %w", method, path, refusal(response))
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// refusal returns the error of an answer.
func refusal(response *http.Response) error {
	var problem struct{ Code, Detail string }
	_ = json.NewDecoder(response.Body).Decode(&problem)
	return fmt.Errorf("%s: %s (request %s)", problem.Code, problem.Detail, response.Header.Get("X-Request-Id"))
}
