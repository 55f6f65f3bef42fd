//go:build linux

package stand

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// api is where the external API is.
const api = "/external-api/v1.0"

// Answer is what came of a request.
type Answer struct {
	Status     int // 0 if there was no answer
	RetryAfter string
	Code       string // of a problem
	ID         string // of a room
	Began      time.Time
	Took       time.Duration
	Err        error
}

// OK reports whether the request was granted.
func (a Answer) OK() bool { return a.Err == nil && a.Status/100 == 2 }

// Failure returns what came instead of a grant, or nil.
func (a Answer) Failure() error {
	switch {
	case a.OK():
		return nil
	case a.Err != nil:
		return a.Err
	}
	return fmt.Errorf("status %d %s", a.Status, a.Code)
}

// Client is a client of the API that acts for [User]. It keeps its connections.
type Client struct {
	HTTP  *http.Client
	stand *Stand
	url   atomic.Pointer[string]
	token atomic.Pointer[string]
}

// Client returns a client of the server at a URL. A request without an answer is
// given up after half a minute.
func (s *Stand) Client(url string) *Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, MaxIdleConns: 256, IdleConnTimeout: time.Minute}
	c := &Client{HTTP: &http.Client{Transport: transport, Timeout: 30 * time.Second}, stand: s}
	c.Use(url)
	return c
}

// ServeClient starts a server, and returns it with a client that has a token.
func (s *Stand) ServeClient(ctx context.Context, variables ...string) (*Server, *Client, error) {
	server, err := s.Serve(ctx, variables...)
	if err != nil {
		return nil, nil, err
	}
	client, err := s.Authenticated(ctx, server.URL)
	if err != nil {
		server.Kill()
		return nil, nil, err
	}
	return server, client, nil
}

// Authenticated returns a client that has a token.
func (s *Stand) Authenticated(ctx context.Context, url string) (*Client, error) {
	client := s.Client(url)
	if err := client.Token(ctx).Failure(); err != nil {
		return nil, fmt.Errorf("no token: %w", err)
	}
	return client, nil
}

// Use makes the client send its requests to another server.
func (c *Client) Use(url string) { c.url.Store(&url) }

// Token gets a token, which the requests that follow use.
func (c *Client) Token(ctx context.Context) Answer {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.stand.clientID},
		"client_secret": {c.stand.secret}, "scope": {User}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, *c.url.Load()+api+"/application/token/",
		strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{Err: err}
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, body := c.do(request)
	var token struct {
		Access string `json:"access_token"`
	}
	if answer.OK() && json.Unmarshal(body, &token) == nil {
		c.token.Store(&token.Access)
	}
	return answer
}

// Create creates a room with the key as its name and as Idempotency-Key.
func (c *Client) Create(ctx context.Context, key string) Answer {
	request, err := c.request(ctx, http.MethodPost, "/rooms/", strings.NewReader(`{"name":"`+key+`"}`))
	if err != nil {
		return Answer{Err: err}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	answer, body := c.do(request)
	var room struct{ ID, Code string }
	_ = json.Unmarshal(body, &room) // a body of another form has neither
	answer.ID = room.ID
	return answer
}

// List lists rooms.
func (c *Client) List(ctx context.Context) Answer { return c.get(ctx, "/rooms/?page_size=5") }

// Read reads a room.
func (c *Client) Read(ctx context.Context, id string) Answer { return c.get(ctx, "/rooms/"+id+"/") }

// Ready asks whether the server is ready.
func (c *Client) Ready(ctx context.Context) Answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, *c.url.Load()+"/readyz", nil)
	if err != nil {
		return Answer{Err: err}
	}
	answer, _ := c.do(request)
	return answer
}

func (c *Client) get(ctx context.Context, path string) Answer {
	request, err := c.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return Answer{Err: err}
	}
	answer, _ := c.do(request)
	return answer
}

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, *c.url.Load()+api+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", c.Authorization())
	return request, nil
}

// Authorization returns the value of the header field with the client's token.
func (c *Client) Authorization() string {
	if token := c.token.Load(); token != nil {
		return "Bearer " + *token
	}
	return "Bearer none"
}

func (c *Client) do(request *http.Request) (answer Answer, body []byte) {
	answer.Began = time.Now()
	defer func() { answer.Took = time.Since(answer.Began) }()
	response, err := c.HTTP.Do(request)
	if err != nil {
		answer.Err = err
		return answer, nil
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		answer.Err = err
		return answer, nil
	}
	answer.Status, answer.RetryAfter = response.StatusCode, response.Header.Get("Retry-After")
	var problem struct{ Code, Error string }
	if !answer.OK() && json.Unmarshal(body, &problem) == nil {
		answer.Code = problem.Code + problem.Error
	}
	return answer, body
}
