package server_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server"
)

// contract is openapi.yaml, read once.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	for _, media := range []string{"text/html", "text/calendar"} { // the library knows text/plain
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.PlainBodyDecoder)
	}
	return openapi3.NewLoader().LoadFromData(text)
})

// documented returns the documented path of a request, if there is one.
func documented(document *openapi3.T, path string) (template string, item *openapi3.PathItem) {
	path = "/" + strings.Join(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), "/")
	for template, item := range document.Paths.Map() {
		prefix := base
		if len(item.Servers) > 0 {
			prefix = ""
		}
		rest, ok := strings.CutPrefix(path, prefix)
		want := strings.TrimSuffix(template, "/")
		if name, is := strings.CutSuffix(want, "{id}"); ok && is {
			id, under := strings.CutPrefix(rest, name)
			ok = under && id != "" && !strings.Contains(id, "/")
			want = rest
		}
		if ok && rest == want {
			return template, item
		}
	}
	return "", nil
}

// conforms holds an answer against the contract: status, headers and body are
// documented. What is not documented is 404, or 405 for a method.
func conforms(t *testing.T, request *http.Request, r reply) {
	t.Helper()
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	is.True(r.Header.Get("X-Request-Id") != "")                 // on every answer
	is.Equal(r.Header.Get("X-Content-Type-Options"), "nosniff") // on every answer
	is.Equal(r.Header.Get("Referrer-Policy"), "no-referrer")    // on every answer
	is.True(r.StatusCode/100 != 3 || r.StatusCode == 304)       // never a redirect
	template, item := documented(document, request.URL.Path)
	if item == nil {
		is.Equal(r.StatusCode, 404) // what is not documented is not there
		return
	}
	method := request.Method
	if method == http.MethodHead {
		return // as GET, without a body
	}
	operation := item.GetOperation(method)
	if operation == nil {
		is.Equal(r.StatusCode, 405) // a method that is not documented is not allowed
		for _, one := range item.Operations() {
			operation = one
		}
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request,
		Route:   &routers.Route{Spec: document, Path: template, PathItem: item, Method: method, Operation: operation},
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: r.StatusCode, Header: r.Header,
		Body:    io.NopCloser(bytes.NewReader([]byte(r.body))),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Fatalf("%s %s: %d is not as documented: %v\n%s", method, request.URL.Path, r.StatusCode, err, r.body)
	}
	tally(template, method, r.StatusCode)
}

// reached counts which documented answers the tests have seen.
var reached sync.Map

func tally(template, method string, status int) {
	reached.Store(strings.Join([]string{method, template, http.StatusText(status)}, " "), true)
}

func TestContractIsValid(t *testing.T) {
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	is.NoErr(document.Validate(t.Context())) // OpenAPI 3.1, examples included
	is.Equal(document.OpenAPI, "3.1.0")
}

// TestContractMatchesRoutes holds the document against the route table, one to
// one: path, method and scope.
func TestContractMatchesRoutes(t *testing.T) {
	is := is.New(t)
	document, err := contract()
	is.NoErr(err)
	described := map[string]string{}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			scope := "public"
			for _, requirement := range *operation.Security {
				if scopes, bearer := requirement["bearer"]; bearer {
					scope = strings.Join(scopes, " ")
				}
			}
			root := ""
			if len(item.Servers) > 0 {
				root = "/"
			}
			described[method+" "+root+path] = scope
		}
	}
	routed := map[string]string{}
	for _, route := range server.Routes() {
		routed[route.Method+" "+route.Path] = route.Scope
	}
	is.Equal(described, routed) // no route without a description, no description without a route
}

func TestContractIsServed(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t, func(c *server.Config) { c.URL, c.BasePath = "https://meet.example.org/product/", "/meet/api/v1.0/" })
	response, err := http.Get(a.http.URL + "/product/meet/api/v1.0/openapi.json")
	is.NoErr(err)
	defer response.Body.Close()
	is.Equal(response.StatusCode, 200) // below the path of the public URL
	text, err := io.ReadAll(response.Body)
	is.NoErr(err)
	served, err := openapi3.NewLoader().LoadFromData(text)
	is.NoErr(err)
	is.NoErr(served.Validate(t.Context()))
	is.Equal(served.Servers[0].URL, "/product/meet/api/v1.0") // with the base path as configured
}
