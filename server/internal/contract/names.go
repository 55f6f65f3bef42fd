package contract

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// publishedAs is the member of a schema with the name that it is published under.
const publishedAs = "x-published-as"

// schemaPath begins a reference to a schema.
const schemaPath = "#/components/schemas/"

// rename gives schemas the names that they are published under: some of those that
// we use collide with names in the code that generators write.
func rename(root *yaml.Node) {
	names := map[string]string{}
	schemas := member(member(root, "components"), "schemas")
	for i := 0; i < len(schemas.Content); i += 2 {
		if other := drop(schemas.Content[i+1], publishedAs); other != nil {
			names[schemas.Content[i].Value] = other.Value
			schemas.Content[i].Value = other.Value
		}
	}
	eachSchema(root, func(schema *yaml.Node) {
		if to := member(schema, "$ref"); to != nil {
			if other, renamed := names[strings.TrimPrefix(to.Value, schemaPath)]; renamed {
				to.Value = schemaPath + other
			}
		}
	})
}

// singleEncoding leaves of bodies that hold the same schema in several media types the
// first, which is written first because it is the usual one. Generators of code write
// for each schema what is to be sent, and for two of one schema what does not run.
func singleEncoding(node *yaml.Node) {
	for _, child := range node.Content {
		singleEncoding(child)
	}
	content, schemas := member(node, "content"), map[string]bool{}
	for _, body := range members(content) {
		schemas[schemaName(body)] = true
	}
	if len(schemas) == 1 && !schemas[""] {
		content.Content = content.Content[:2]
	}
}

// schemaName returns the name of the schema of a body, or nothing if the body has one
// of its own.
func schemaName(body *yaml.Node) string {
	if to := member(member(body, "schema"), "$ref"); to != nil {
		return strings.TrimPrefix(to.Value, schemaPath)
	}
	return ""
}
