package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
)

// operation is an operation of the contract.
type operation struct {
	*openapi3.Operation
	method, template string
	parameters       openapi3.Parameters // of its path and its own
	atRoot           bool                // not below the base path
	scope            string              // empty if public
}

// operations returns all operations of the contract.
func operations(t *testing.T) []operation {
	t.Helper()
	document, err := contract()
	is.New(t).NoErr(err)
	var all []operation
	for template, item := range document.Paths.Map() {
		for method, one := range item.Operations() {
			o := operation{one, method, template, slices.Concat(item.Parameters, one.Parameters), len(item.Servers) > 0, ""}
			for _, requirement := range *one.Security {
				o.scope += strings.Join(requirement["oauth2"], " ")
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return all
}

func (o operation) String() string { return o.method + " " + o.template }

// documents reports whether the operation documents a status.
func (o operation) documents(status int) bool { return o.Responses.Status(status) != nil }

// successes returns what the operation documents for success, in order of
// status.
func (o operation) successes() []*openapi3.Response {
	var all []*openapi3.Response
	for status := 200; status < 300; status++ {
		if o.documents(status) {
			all = append(all, o.Responses.Status(status).Value)
		}
	}
	return all
}

// usual returns the first example of a request, if it has a body.
func (o operation) usual() (media string, example any) {
	if o.RequestBody == nil {
		return "", nil
	}
	media = slices.Min(slices.Collect(maps.Keys(o.RequestBody.Value.Content)))
	return media, first(o.RequestBody.Value.Content[media])
}

// world is what the examples of the contract speak of, made real: an application
// with every documented scope, and what its requests create. Examples of one
// thing call it by one name everywhere.
type world struct {
	*api
	clientID string
	secret   delegation.Secret
	scopes   scopes.Set
	token    string
	names    map[string]string // in the examples: in reality
}

// world registers an application of its own, so that worlds do not meet.
func (a *api) world() *world {
	a.Helper()
	var all []scopes.Scope
	for _, o := range operations(a.T) {
		if o.scope != "" {
			all = append(all, scopes.Scope(o.scope))
		}
	}
	w := &world{api: a, scopes: scopes.NewSet(all...), names: map[string]string{}}
	w.clientID, w.secret = a.register(delegation.Application{Name: "Calendar", Scopes: w.scopes,
		Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}}})
	w.token = a.tokenOf(w.clientID, w.secret, "alice@example.com")
	issue := w.operation("POST", "/application/token/")
	w.learn(first(issue.RequestBody.Value.Content["application/json"]),
		object{"client_id": w.clientID, "client_secret": string(w.secret)})
	w.learn(first(issue.successes()[0].Content["application/json"]),
		object{"access_token": strings.TrimPrefix(w.token, "Authorization: Bearer ")})
	return w
}

func (w *world) operation(method, template string) operation {
	w.Helper()
	for _, o := range operations(w.T) {
		if o.method == method && o.template == template {
			return o
		}
	}
	w.Fatalf("%s %s is not documented", method, template)
	return operation{}
}

// learn notes what an example calls by another name than reality.
func (w *world) learn(example, real any) {
	switch named := example.(type) {
	case map[string]any:
		for key, value := range named {
			if member, ok := real.(map[string]any); ok {
				w.learn(value, member[key])
			}
		}
	case []any:
		for i, value := range named {
			if list, ok := real.([]any); ok && i < len(list) {
				w.learn(value, list[i])
			}
		}
	case string:
		if text, ok := real.(string); ok && text != named && // ids, not sentences or times
			!strings.ContainsAny(named, " :") {
			w.names[named] = text
		}
	}
}

// real replaces the names in an example.
func (w *world) real(text string) string {
	var pairs []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(w.names))) { // a longer one before its beginning
		pairs = append(pairs, name, w.names[name])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// path makes the path of an operation real. A parameter is the id of what a POST
// to the collection before it creates.
func (w *world) path(o operation) string {
	w.Helper()
	template, path := "", ""
	for _, segment := range segments(o.template) {
		if strings.HasPrefix(segment, "{") {
			path += "/" + w.create(template+"/", path+"/")
		} else {
			path += "/" + segment
		}
		template += "/" + segment
	}
	return path + o.template[len(strings.TrimRight(o.template, "/")):]
}

// create adds something to a collection, and returns its id.
func (w *world) create(template, path string) string {
	w.Helper()
	is := is.New(w.T)
	o := w.operation("POST", template)
	r := w.good(o, path)
	is.Equal(r.StatusCode/100, 2) // the example of what creates is accepted
	documented := o.Responses.Status(r.StatusCode).Value
	w.learn(first(documented.Content["application/json"]), r.json(w.T))
	for name, header := range documented.Headers {
		w.learn(header.Value.Example, r.Header.Get(name))
	}
	id, ok := r.json(w.T)["id"].(string)
	is.True(ok) // what is created has an id
	return id
}

// furnish creates the room of the examples if a body speaks of it.
func (w *world) furnish(body string) {
	w.Helper()
	room := first(w.operation("POST", "/rooms/").successes()[0].Content["application/json"]).(map[string]any)
	for _, name := range []string{room["id"].(string), room["slug"].(string)} {
		if _, known := w.names[name]; !known && strings.Contains(body, name) {
			w.create("/rooms/", "/rooms/")
		}
	}
}

// request sends a request with an example as its body, if there is one.
func (w *world) request(o operation, path, media string, example any, headers ...string) reply {
	w.Helper()
	body := encode(w.T, media, example)
	w.furnish(body)
	if o.scope != "" {
		headers = append(headers, w.token)
	}
	if media != "" {
		headers = append(headers, "Content-Type: "+media)
	}
	for i := range headers {
		headers[i] = w.real(headers[i])
	}
	return w.plain(o, path, w.real(body), headers...)
}

// plain sends a request as it is.
func (w *world) plain(o operation, path, body string, headers ...string) reply {
	w.Helper()
	if !o.atRoot {
		path = w.basePath() + path
	}
	return w.sendTo(o.method, path, body, headers...)
}

// good sends a request that the operation accepts, with its first example.
func (w *world) good(o operation, path string, headers ...string) reply {
	w.Helper()
	media, example := o.usual()
	return w.request(o, path+w.query(o, nil), media, example, headers...)
}

// query returns the query with the required parameters, and more.
func (w *world) query(o operation, more url.Values) string {
	values := url.Values{}
	for _, parameter := range o.parameters {
		if p := parameter.Value; p.In == "query" && p.Required {
			values.Set(p.Name, w.real(fmt.Sprint(p.Example)))
		}
	}
	for name, given := range more {
		values.Del(name)
		for _, value := range given {
			values.Add(name, w.real(value))
		}
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// encode writes an example in a media type.
func encode(t *testing.T, media string, example any) string {
	t.Helper()
	switch {
	case example == nil:
		return ""
	case strings.HasSuffix(media, "json"):
		text, err := json.Marshal(example)
		is.New(t).NoErr(err)
		return string(text)
	case strings.HasSuffix(media, "urlencoded"):
		values := url.Values{}
		for name, value := range example.(map[string]any) {
			values.Set(name, fmt.Sprint(value))
		}
		return values.Encode()
	}
	return fmt.Sprint(example)
}

// examples returns the examples of a body by name: its own, or those of its
// schema.
func examples(content *openapi3.MediaType) map[string]any {
	all := map[string]any{}
	if content == nil {
		return all
	}
	for name, example := range content.Examples {
		all[name] = example.Value.Value
	}
	if content.Example != nil {
		all["example"] = content.Example
	}
	if schema := content.Schema; len(all) == 0 && schema != nil && schema.Value.Example != nil {
		all["of the schema"] = schema.Value.Example
	}
	return all
}

// first returns the first example of a body.
func first(content *openapi3.MediaType) any {
	all := examples(content)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		return all[name]
	}
	return nil
}
