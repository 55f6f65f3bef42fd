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

// The media types of bodies that hold the same in two ways.
const (
	jsonBody = "application/json"
	formBody = "application/x-www-form-urlencoded"
)

// separateForms gives forms that may come as JSON as well a schema of their own, and
// writes JSON first. Generated clients choose the encoding by the class of what they
// send, or send whatever is first in the way of JSON.
func separateForms(node *yaml.Node) { separateFormsOf(node, node) }

func separateFormsOf(root, node *yaml.Node) {
	for _, child := range node.Content {
		separateFormsOf(root, child)
	}
	content := member(node, "content")
	form, asJSON := member(content, formBody), member(content, jsonBody)
	if form == nil || asJSON == nil {
		return
	}
	drop(content, formBody)
	put(content, formBody, form)
	name := strings.TrimPrefix(member(member(form, "schema"), "$ref").Value, schemaPath)
	schemas := member(member(root, "components"), "schemas")
	put(schemas, name+"Form", member(schemas, name))
	put(form, "schema", reference(schemaPath+name+"Form"))
}
