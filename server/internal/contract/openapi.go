package contract

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Places are where the document and what it describes are on one server.
type Places struct {
	// Base is the path of the API from the root of the host.
	Base string
	// API is the URL of the API, Host that of the root of its host. Neither ends in
	// a slash.
	API, Host string
	// Token is the URL of the token endpoint.
	Token string
	// Elsewhere has the path from the root of the host of what is not below the base
	// path, by the path that the document gives it.
	Elsewhere map[string]string
	// OwnIDs and OwnSlugs mark the ids and the slugs of rooms as those of the host, which have
	// a form that the document does not know.
	OwnIDs, OwnSlugs bool
}

// openAPI returns the document as it is published at the places, in the order in
// which it was written, for readers: as OpenAPI 3.1 and as OpenAPI 3.0.
func openAPI(source []byte, at Places) (latest, older []byte, err error) {
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		return nil, nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	root := document.Content[0]
	publish(root, at)
	if latest, err = encode(root); err != nil {
		return nil, nil, err
	}
	if err := downgrade(root); err != nil {
		return nil, nil, fmt.Errorf("writing the document as OpenAPI 3.0: %w", err)
	}
	older, err = encode(root)
	return latest, older, err
}

func encode(root *yaml.Node) ([]byte, error) {
	var text bytes.Buffer
	err := writeNode(&text, root)
	return text.Bytes(), err
}

// publish makes the source what generators and validators of others take: with
// absolute URLs, paths without trailing slashes, which are answered like those with
// them, an answer for every other status, and schemas as [spell] writes them.
func publish(root *yaml.Node, at Places) {
	put(root, "servers", serversAt(at.API))
	for _, scheme := range members(member(member(root, "components"), "securitySchemes")) {
		for _, flow := range members(member(scheme, "flows")) {
			put(flow, "tokenUrl", text(at.Token))
		}
	}
	paths := member(root, "paths")
	for i := 0; i < len(paths.Content); i += 2 {
		path, item := paths.Content[i], paths.Content[i+1]
		if full, found := at.Elsewhere[path.Value]; found {
			path.Value = full
			put(item, "servers", serversAt(at.Host))
		}
		path.Value = strings.TrimSuffix(path.Value, "/")
		for _, operation := range members(item) {
			answerOthers(operation)
		}
	}
	openForms(root, at)
	rename(root)
	singleEncoding(root)
	eachSchema(root, spell)
}

// openForms takes the forms of our ids and slugs from what a room shows, where the host has
// its own.
func openForms(root *yaml.Node, at Places) {
	schemas := member(member(root, "components"), "schemas")
	property := func(schema, name string) *yaml.Node {
		return member(member(member(schemas, schema), "properties"), name)
	}
	if at.OwnIDs {
		for _, id := range []*yaml.Node{property("Room", "id"), property("ConferenceData", "conferenceId")} {
			drop(id, "format")
		}
	}
	if at.OwnSlugs {
		drop(property("Room", "slug"), "pattern")
	}
}

func serversAt(url string) *yaml.Node {
	return sequence(mapping(text("url"), text(url)))
}

// answerOthers gives an operation an answer for the statuses that it does not
// document. Endpoints for tokens have errors of their own form (RFC 6749 §5.2).
func answerOthers(operation *yaml.Node) {
	responses := member(operation, "responses")
	if responses == nil || member(responses, "default") != nil {
		return
	}
	name := "OtherProblem"
	if tags := member(operation, "tags"); tags != nil && tags.Content[0].Value == "token" {
		name = "OtherTokenProblem"
	}
	put(responses, "default", reference("#/components/responses/"+name))
}

func reference(to string) *yaml.Node { return mapping(text("$ref"), text(to)) }
