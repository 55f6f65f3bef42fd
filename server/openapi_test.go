package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
)

// contract is openapi.yaml, read once.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	for _, media := range []string{"text/html", "text/calendar"} { // kin-openapi knows text/plain and text/csv
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.PlainBodyDecoder)
	}
	return openapi3.NewLoader().LoadFromData(text)
})

// segments splits a path; how many slashes there are does not matter.
func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// matches reports whether a path fits a template, and how much of it literally.
func matches(template, path string) (literals int, ok bool) {
	want, have := segments(template), segments(path)
	if len(want) != len(have) {
		return 0, false
	}
	for i, segment := range want {
		if segment == have[i] {
			literals++
		} else if !strings.HasPrefix(segment, "{") {
			return 0, false
		}
	}
	return literals, true
}

// documented returns the documented path of a request, if there is one. Of
// several the more literal one counts, unless only another has the method.
func (a *api) documented(document *openapi3.T, method, path string) (template string, item *openapi3.PathItem) {
	below, under := path, true
	if prefix := a.urlPath(); prefix != "" { // it may stand at the end (RFC 8414 §3.1)
		below, under = strings.Replace(path, prefix, "", 1), strings.Contains(path, prefix)
	}
	best := -1
	for one, candidate := range document.Paths.Map() {
		full := one
		if len(candidate.Servers) == 0 {
			full = a.basePath() + one
		}
		literals, ok := matches(full, below)
		if candidate.GetOperation(method) != nil {
			literals += 100
		}
		if under && ok && literals > best {
			best, template, item = literals, one, candidate
		}
	}
	return template, item
}

// pageFile is the one route that the document leaves out: the files of the page
// that shows it are the page's own affair.
const pageFile = "/docs/{file}/"

// conforms holds an answer against the contract: status, headers and body are
// documented. What is not documented is 404, or 405 for a method.
func (a *api) conforms(request *http.Request, r reply) {
	a.Helper()
	is := is.New(a.T)
	document, err := contract()
	is.NoErr(err)
	is.True(r.Header.Get("X-Request-Id") != "")                 // on every answer
	is.Equal(r.Header.Get("X-Content-Type-Options"), "nosniff") // on every answer
	is.Equal(r.Header.Get("Referrer-Policy"), "no-referrer")    // on every answer
	is.True(r.StatusCode/100 != 3 || r.StatusCode == 304)       // never a redirect
	method := request.Method
	if method == http.MethodHead {
		method = http.MethodGet // as GET, without a body
	}
	template, item := a.documented(document, method, request.URL.Path)
	if item == nil {
		_, file := matches(a.urlPath()+a.basePath()+pageFile, request.URL.Path)
		is.True(file || r.StatusCode == 404) // what is not documented is not there
		return
	}
	if method == http.MethodOptions && r.StatusCode == http.StatusNoContent {
		is.True(r.Header.Get("Access-Control-Allow-Origin") != "") // the one other method, for pages that may call
		return
	}
	operations := map[string]*openapi3.Operation{method: item.GetOperation(method)}
	if operations[method] == nil {
		is.Equal(r.StatusCode, 405) // a method that is not documented is not allowed
		operations = item.Operations()
		for other := range operations {
			is.True(strings.Contains(r.Header.Get("Allow"), other)) // every one that is documented is
		}
	}
	for method, operation := range operations {
		if err := holds(document, template, item, operation, request, r); err != nil {
			a.Fatalf("%s %s: %d is not as documented: %v\n%s", request.Method, request.URL.Path, r.StatusCode, err, r.body)
		}
		tally(method+" "+template, r)
	}
	for _, code := range r.fieldCodes() {
		is.True(slices.Contains(document.Components.Schemas["FieldCode"].Value.Examples, code)) // a code of the frozen list
	}
}

// holds says where an answer differs from what is documented of an operation.
func holds(document *openapi3.T, template string, item *openapi3.PathItem, operation *openapi3.Operation,
	request *http.Request, r reply) error {
	ref := operation.Responses.Status(r.StatusCode)
	if ref == nil {
		return errors.New("the status is not documented")
	}
	response := ref.Value
	if len(response.Content) == 0 && r.body != "" {
		return errors.New("there should be no body")
	}
	if err := headersHold(response, r); err != nil {
		return err
	}
	if code := r.code(); code != "" && !strings.Contains(*response.Description, "`"+code+"`") {
		return fmt.Errorf("the description does not name the code %s", code)
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: request,
			Route: &routers.Route{Spec: document, Path: template, PathItem: item, Method: request.Method,
				Operation: operation},
		},
		Status: r.StatusCode, Header: r.Header, Body: io.NopCloser(strings.NewReader(r.body)),
	})
}

// headersHold says which header of an answer is not documented, or missing. The
// values are validated elsewhere.
func headersHold(response *openapi3.Response, r reply) error {
	documented := map[string]bool{}
	for name, header := range response.Headers {
		name = http.CanonicalHeaderKey(name)
		documented[name] = true
		if header.Value.Required && r.Header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	for name := range r.Header {
		switch name {
		case "X-Request-Id", "X-Content-Type-Options", "Referrer-Policy", "Dpop-Nonce": // described once, for all answers
		case "Access-Control-Allow-Origin", "Access-Control-Expose-Headers": // and so are these, for pages
		case "Vary":
			if !documented[name] && r.Header.Get(name) != "Origin" {
				return errors.New("Vary is Origin unless another is documented")
			}
		case "Connection", "Content-Length", "Content-Type", "Date": // HTTP's own
		case "Cache-Control":
			if !documented[name] && r.Header.Get(name) != "no-store" {
				return errors.New("Cache-Control is no-store unless another is documented")
			}
		default:
			if !documented[name] {
				return fmt.Errorf("the header %s is not documented", name)
			}
		}
	}
	return nil
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
				if scopes, guarded := requirement["oauth2"]; guarded {
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
		if route.Path != pageFile {
			routed[route.Method+" "+route.Path] = route.Scope
		}
	}
	is.Equal(described, routed) // no route without a description, no description without a route
}

// served returns the document at a path, which is valid.
func (a *api) served(path string) *openapi3.T {
	a.Helper()
	is := is.New(a.T)
	r := a.sendTo("GET", path, "")
	is.Equal(r.StatusCode, 200)
	document, err := openapi3.NewLoader().LoadFromData([]byte(r.body))
	is.NoErr(err)
	is.NoErr(document.Validate(a.Context()))
	order := regexp.MustCompile(`"(openapi|info|servers|paths|components)":`).FindAllString(r.body, -1)
	is.Equal(order[:3], []string{`"openapi":`, `"info":`, `"servers":`}) // in the order in which it is written
	return document
}

func TestContractIsServed(t *testing.T) {
	for name, version := range map[string]string{"openapi.json": "3.1.0", "openapi-3.0.json": "3.0.3"} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			a := onSQLite(t, func(c *server.Config) {
				c.URL, c.BasePath = "https://meet.example.org/product/", "/meet/api/v1.0/"
			})
			served := a.served("/product/meet/api/v1.0/" + name) // below the path of the public URL
			is.Equal(served.OpenAPI, version)
			const api = "https://meet.example.org/product/meet/api/v1.0"
			is.Equal(served.Servers[0].URL, api) // the public URL with the base path as configured
			flow := served.Components.SecuritySchemes["oauth2"].Value.Flows.ClientCredentials
			is.Equal(flow.TokenURL, api+"/application/token/")
			for _, scope := range scopes.All().List() {
				is.True(flow.Scopes[string(scope)] != "") // every scope is listed
			}
			is.Equal(len(flow.Scopes), len(scopes.All().List())) // and no other
			for path, item := range served.Paths.Map() {
				is.True(!strings.HasSuffix(path, "/")) // redocly: no-path-trailing-slash
				if len(item.Servers) > 0 {
					is.Equal(item.Servers[0].URL, "https://meet.example.org")
					is.Equal(a.sendTo("GET", path, "").StatusCode, 200) // and the full path of what is not below it
				}
				for _, operation := range item.Operations() {
					is.True(operation.Responses.Default() != nil) // every other status has an answer
				}
			}
		})
	}
}

// TestContractIsTheSame: what the two forms of the document describe is what the source describes.
func TestContractIsTheSame(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	source, err := contract()
	is.NoErr(err)
	for _, name := range []string{"/openapi.json", "/openapi-3.0.json"} {
		served := a.served(a.basePath() + name)
		is.Equal(len(served.Paths.Map()), len(source.Paths.Map())) // every path, and no other
		for path, item := range source.Paths.Map() {
			other := served.Paths.Find(strings.TrimSuffix(path, "/"))
			is.True(other != nil)
			for method, operation := range item.Operations() {
				published := other.GetOperation(method)
				is.Equal(published.OperationID, operation.OperationID)
				is.Equal(len(published.Parameters), len(operation.Parameters))
				is.Equal(published.Responses.Len(), operation.Responses.Len()+1) // and the default
				for status, response := range operation.Responses.Map() {
					is.Equal(len(published.Responses.Value(status).Value.Content), len(response.Value.Content))
				}
			}
		}
	}
}
