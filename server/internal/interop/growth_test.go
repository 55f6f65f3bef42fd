package interop_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/matryer/is"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// released is the document of version 1.0 as it was last released: what
// integrators rely on. Version 1.0 only ever grows, so everything in it stays.
//
// A release that adds something moves it on, in the commit that is tagged, after
// TestVersionOnlyGrows has passed:
//
//	cp server/openapi.yaml server/testdata/openapi-1.0.yaml
//
// It is never changed in another way. What the test refuses belongs in a
// version of its own, beside this one.
const (
	released = "../../testdata/openapi-1.0.yaml"
	current  = "../../openapi.yaml"
)

func TestVersionOnlyGrows(t *testing.T) {
	is := is.New(t)
	before, err := os.ReadFile(released)
	is.NoErr(err)
	now, err := os.ReadFile(current)
	is.NoErr(err)
	breaks, err := breaking(string(before), string(now))
	is.NoErr(err)
	is.Equal(breaks, nil) // nothing that was promised is taken back
}

// lasting are changes that oasdiff only remarks on, and that take back something
// all the same.
var lasting = []string{
	checker.ResponseNonSuccessStatusRemovedId, checker.ResponseOptionalPropertyRemovedId,
	checker.ResponsePropertyEnumValueRemovedId, checker.ResponseMediaTypeEnumValueRemovedId,
	checker.OptionalResponseHeaderRemovedId, checker.APIOperationIdRemovedId,
	checker.RequestParameterDefaultValueChangedId, checker.RequestParameterDefaultValueRemovedId,
	checker.RequestPropertyDefaultValueChangedId, checker.RequestPropertyDefaultValueRemovedId,
	checker.APIPathRemovedWithDeprecationId, checker.APIRemovedWithDeprecationId,
	checker.RequestParameterRemovedWithDeprecationId, checker.RequestPropertyRemovedWithDeprecationId,
	checker.ResponseRequiredPropertyRemovedWithDeprecationId,
}

// breaking returns what a document takes back of what an earlier one promised.
func breaking(before, now string) ([]string, error) {
	old, err := openapi3.NewLoader().LoadFromData([]byte(before))
	if err != nil {
		return nil, err
	}
	grown, err := openapi3.NewLoader().LoadFromData([]byte(now))
	if err != nil {
		return nil, err
	}
	report, sources, err := diff.GetWithOperationsSourcesMap(
		diff.NewConfig(), &load.SpecInfo{Spec: old}, &load.SpecInfo{Spec: grown})
	if err != nil {
		return nil, err
	}
	levels := map[string]checker.Level{}
	for _, id := range lasting {
		levels[id] = checker.ERR
	}
	config := checker.NewConfig(checker.GetAllChecks(), checker.WithSeverityLevels(levels))
	breaks := moved(old, grown)
	for _, change := range checker.CheckBackwardCompatibilityUntilLevel(config, report, sources, checker.WARN) {
		if !newCode(change) && !importedSlug(change) && !boundTokens(change) {
			where := strings.TrimSpace(change.GetOperation() + " " + change.GetPath())
			breaks = append(breaks, where+" "+change.GetUncolorizedText(checker.NewDefaultLocalizer()))
		}
	}
	return breaks, nil
}

// newCode reports whether a change is a new error code, which comes with new
// features: callers go by the status of what they do not know.
func newCode(change checker.Change) bool {
	args := change.GetArgs()
	return change.GetId() == checker.ResponsePropertyEnumValueAddedId && (args[1] == "code" || args[1] == "error")
}

// boundTokens reports whether a change is that of the type of tokens which are bound to a
// key: a client gets one only if it sends a proof of possession.
func boundTokens(change checker.Change) bool {
	text := change.GetUncolorizedText(checker.NewDefaultLocalizer())
	return strings.Contains(text, "`token_type` response property") && (strings.Contains(text, "`Bearer`") ||
		strings.Contains(text, "`DPoP` enum value"))
}

// importedSlug reports whether a change is that of the slugs which rooms bring along from
// another product: what is made here keeps the form that was promised.
func importedSlug(change checker.Change) bool {
	text := change.GetUncolorizedText(checker.NewDefaultLocalizer())
	return strings.Contains(text, "slug` ") && strings.Contains(text, "pattern") &&
		strings.Contains(text, " from `^[a-z]{3}-[a-z]{4}-[a-z]{3}$` to `^[a-z0-9_-]{1,100}$`")
}

// moved returns the paths that are below something else than before, which
// oasdiff does not look at.
func moved(before, now *openapi3.T) []string {
	var paths []string
	for path, item := range before.Paths.Map() {
		if other := now.Paths.Value(path); other != nil && len(item.Servers) != len(other.Servers) {
			paths = append(paths, path+" moved")
		}
	}
	slices.Sort(paths)
	return paths
}

// promise is a document on which TestBreaking tries changes.
const promise = `
openapi: 3.1.0
info: {title: T, version: "1.0"}
paths:
  /things/:
    get:
      operationId: list
      security: [{bearer: ["things:list"]}]
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
      responses:
        "200":
          description: Yes.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Thing"}}}}
        "404":
          description: No.
          content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}
    post:
      operationId: create
      security: [{bearer: ["things:create"]}]
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/New"}}
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/New"}}
      responses:
        "201":
          description: Yes.
          headers:
            Location: {required: true, schema: {type: string}}
            Warning: {schema: {type: string}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
  /health:
    servers: [{url: /}]
    get:
      operationId: health
      security: []
      responses: {"200": {description: Yes.}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Thing:
      type: object
      required: [id, size]
      properties:
        id: {type: string}
        size: {enum: [small, large]}
        note: {type: string}
        count: {type: integer, maximum: 10}
    New:
      type: object
      required: [name]
      properties:
        name: {type: [string, "null"], maxLength: 100}
        kind: {enum: [a, b]}
    Error:
      type: object
      required: [code]
      properties: {code: {enum: [gone, lost]}}
`

func TestBreaking(t *testing.T) {
	tests := map[string]struct {
		from, to string
		breaks   bool
	}{
		"nothing": {"", "", false},
		"a new path": {"  /health:",
			"  /new:\n    get: {security: [], responses: {\"200\": {description: Yes.}}}\n  /health:", false},
		"a new status": {`        "404"`, "        \"410\": {description: Gone.}\n        \"404\"", false},
		"a new optional parameter": {"        - {name: page,",
			"        - {name: q, in: query, schema: {type: string}}\n        - {name: page,", false},
		"a new optional property asked for": {"        kind: {", "        more: {type: string}\n        kind: {", false},
		"a new property answered":           {"        note: {", "        more: {type: string}\n        note: {", false},
		"a new header answered": {"            Warning:",
			"            More: {schema: {type: string}}\n            Warning:", false},
		"a new error code":                {"[gone, lost]", "[gone, lost, stolen]", false},
		"a wider limit":                   {"maxLength: 100", "maxLength: 200", false},
		"one more choice asked for":       {"[a, b]", "[a, b, c]", false},
		"an optional property is certain": {"required: [id, size]", "required: [id, size, note]", false},

		"a path removed":           {"  /health:", "  /healthy:", true},
		"a path moved":             {"    servers: [{url: /}]\n", "", true},
		"an operation removed":     {"    post:\n", "    put:\n", true},
		"an operation renamed":     {"operationId: create", "operationId: make", true},
		"an error status removed":  {`"404"`, `"410"`, true},
		"a success status changed": {`"201"`, `"202"`, true},
		"a media type answered, removed": {"content: {application/json: {schema: {type: array",
			"content: {application/xml: {schema: {type: array", true},
		"a media type asked for, removed": {
			"          application/x-www-form-urlencoded: {schema: {$ref: \"#/components/schemas/New\"}}\n", "", true},
		"a certain property removed":    {"        id: {type: string}\n", "", true},
		"an optional property removed":  {"        note: {type: string}\n", "", true},
		"a certain property optional":   {"required: [id, size]", "required: [id]", true},
		"a property may be null":        {"id: {type: string}", `id: {type: [string, "null"]}`, true},
		"another type":                  {"id: {type: string}", "id: {type: integer}", true},
		"a larger number than was said": {"maximum: 10", "maximum: 20", true},
		"a choice answered, new":        {"[small, large]", "[small, large, huge]", true},
		"a choice answered, removed":    {"[small, large]", "[small]", true},
		"an error code removed":         {"[gone, lost]", "[gone]", true},
		"a certain header removed": {
			"            Location: {required: true, schema: {type: string}}\n", "", true},
		"a certain header optional":          {"Location: {required: true, schema", "Location: {schema", true},
		"an optional header removed":         {"            Warning: {schema: {type: string}}\n", "", true},
		"a new required property":            {"required: [name]", "required: [name, kind]", true},
		"a property asked for, removed":      {"        kind: {enum: [a, b]}\n", "", true},
		"a property asked for, not null now": {`name: {type: [string, "null"]`, "name: {type: string", true},
		"a narrower limit":                   {"maxLength: 100", "maxLength: 50", true},
		"a new pattern":                      {"maxLength: 100", "maxLength: 100, pattern: x", true},
		"a choice asked for, removed":        {"[a, b]", "[a]", true},
		"a body required":                    {"      requestBody:\n", "      requestBody:\n        required: true\n", true},
		"a parameter removed":                {"name: page", "name: number", true},
		"a parameter required":               {"{name: page, in: query,", "{name: page, in: query, required: true,", true},
		"a narrower parameter":               {"minimum: 1", "minimum: 2", true},
		"another default":                    {"default: 1", "default: 2", true},
		"another scope":                      {`bearer: ["things:list"]`, `bearer: ["things:read"]`, true},
		"one more scope":                     {`bearer: ["things:list"]`, `bearer: ["things:list", "things:read"]`, true},
		"public no more":                     {"security: []", `security: [{bearer: ["health"]}]`, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.True(strings.Contains(promise, test.from)) // there is something to change
			breaks, err := breaking(promise, strings.ReplaceAll(promise, test.from, test.to))
			is.NoErr(err)
			is.Equal(len(breaks) > 0, test.breaks) // what is taken back is found, what is added is not
		})
	}
}
