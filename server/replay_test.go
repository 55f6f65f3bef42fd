package server_test

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/matryer/is"
)

// variant is one way in which the contract says an operation may be called.
type variant struct {
	media   string
	example any
	query   url.Values
	headers []string
	answer  string // the media type that is asked for
}

// variants returns one for each example of a body and of a parameter, and for
// each media type of the answer.
func variants(o operation) map[string]variant {
	all := map[string]variant{"plain": {}}
	if o.RequestBody != nil {
		delete(all, "plain")
		for media, content := range o.RequestBody.Value.Content {
			for name, example := range examples(content) {
				all[media+" "+name] = variant{media: media, example: example}
			}
		}
	}
	usual := all[slices.Min(slices.Collect(maps.Keys(all)))]
	for _, parameter := range o.parameters {
		for name, value := range parameterExamples(parameter.Value) {
			all[name] = usual.with(parameter.Value, value)
		}
	}
	for _, response := range o.successes() {
		for media := range response.Content {
			asking := usual
			asking.answer, asking.headers = media, []string{"Accept: " + media}
			all["for "+media] = asking
		}
	}
	return all
}

// with adds the value of a parameter.
func (v variant) with(p *openapi3.Parameter, value any) variant {
	if p.In == "header" {
		v.headers = []string{p.Name + ": " + fmt.Sprint(value)}
	}
	if p.In == "query" {
		v.query = url.Values{}
		list, repeated := value.([]any)
		if !repeated {
			list = []any{value}
		}
		for _, one := range list {
			v.query.Add(p.Name, fmt.Sprint(one))
		}
	}
	return v
}

func parameterExamples(p *openapi3.Parameter) map[string]any {
	all := map[string]any{}
	for name, example := range p.Examples {
		all[p.Name+" "+name] = example.Value.Value
	}
	if p.Example != nil {
		all[p.Name] = p.Example
	}
	if p.In == "path" {
		clear(all) // made real by world.path
	}
	return all
}

// TestRequestExamples sends every example of a request to a server.
func TestRequestExamples(t *testing.T) {
	a := onSQLite(t)
	for _, o := range operations(t) {
		for name, v := range variants(o) {
			t.Run(o.OperationID+" "+name, func(t *testing.T) {
				is := is.New(t)
				w := a.world()
				path := w.path(o) + w.query(o, v.query)
				r := w.request(o, path, v.media, v.example, v.headers...)
				is.True(r.StatusCode/100 == 2 || r.StatusCode == 304) // what the contract shows is accepted
				media, profile, _ := strings.Cut(v.answer, ";")
				if v.answer != "" {
					is.Equal(r.media(), media)                                        // and answered as asked for
					is.True(strings.HasSuffix(r.Header.Get("Content-Type"), profile)) // in that profile
				}
			})
		}
	}
}

// TestFieldsOfRequests: a body takes the documented fields and no other, and those
// that are only read are no fault.
func TestFieldsOfRequests(t *testing.T) {
	a := onSQLite(t)
	for _, o := range operations(t) {
		if !guarded(o) || !withBody(o) {
			continue
		}
		for media, content := range o.RequestBody.Value.Content {
			t.Run(o.OperationID+" "+media, func(t *testing.T) {
				is := is.New(t)
				w, schema := a.world(), content.Schema.Value
				path := w.path(o)
				body := maps.Clone(first(content).(map[string]any))
				for name, property := range schema.Properties {
					if property.Value.ReadOnly {
						body[name] = 1
					}
				}
				is.Equal(w.request(o, path, media, body).StatusCode/100, 2) // as it was read, or anything
				is.True(schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has)
				body["unheard_of"] = 1
				fault := problem(t, w.request(o, path, media, body), 400, "invalid_input")["errors"].([]any)[0].(object)
				is.Equal(fmt.Sprint(fault["field"], " ", fault["code"]), "unheard_of unknown_field")
			})
		}
	}
}

// TestExamples holds every example of the contract against its schema.
func TestExamples(t *testing.T) {
	for _, o := range operations(t) {
		t.Run(o.OperationID, func(t *testing.T) {
			is := is.New(t)
			if o.RequestBody != nil {
				for _, content := range o.RequestBody.Value.Content {
					is.NoErr(exemplary(content, openapi3.VisitAsRequest())) // every body of a request
				}
			}
			for status, response := range o.Responses.Map() {
				for media, content := range response.Value.Content {
					is.NoErr(exemplary(content, openapi3.VisitAsResponse())) // and of an answer
					if media == "application/problem+json" {
						is.NoErr(problematic(status, response.Value, content))
					}
				}
			}
		})
	}
}

// exemplary says what is wrong with the examples of a body, of which there is at
// least one.
func exemplary(content *openapi3.MediaType, as openapi3.SchemaValidationOption) error {
	all := examples(content)
	if len(all) == 0 {
		return errors.New("there is no example")
	}
	for name, example := range all {
		if err := content.Schema.Value.VisitJSON(example, openapi3.EnableJSONSchema2020(), as); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// problematic says what is wrong with the examples of an error.
func problematic(status string, response *openapi3.Response, content *openapi3.MediaType) error {
	for name, example := range examples(content) {
		problem := example.(map[string]any)
		if fmt.Sprint(problem["status"]) != status {
			return fmt.Errorf("%s: not of status %s", name, status)
		}
		if !strings.Contains(*response.Description, "`"+problem["code"].(string)+"`") {
			return fmt.Errorf("%s: the description does not name its code", name)
		}
	}
	return nil
}
