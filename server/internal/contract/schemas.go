package contract

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// eachSchema calls visit for every schema of a document, the inner ones first.
// Examples are values, in which nothing is a schema.
func eachSchema(node *yaml.Node, visit func(schema *yaml.Node)) {
	for name, value := range members(node) {
		switch name {
		case "example", "examples":
		case "schema":
			within(value, visit)
		case "schemas":
			eachWithin(value, visit)
		default:
			eachSchema(value, visit)
		}
	}
	if node.Kind == yaml.SequenceNode {
		for _, child := range node.Content {
			eachSchema(child, visit)
		}
	}
}

// within visits the schemas in a schema, and then itself.
func within(schema *yaml.Node, visit func(*yaml.Node)) {
	for name, value := range members(schema) {
		switch name {
		case "properties", "patternProperties":
			eachWithin(value, visit)
		case "items", "additionalProperties", "propertyNames", "not":
			within(value, visit)
		case "allOf", "anyOf", "oneOf":
			for _, one := range value.Content {
				within(one, visit)
			}
		}
	}
	if schema.Kind == yaml.MappingNode { // not true or false
		visit(schema)
	}
}

// eachWithin visits the schemas of a mapping from names to schemas.
func eachWithin(named *yaml.Node, visit func(*yaml.Node)) {
	for _, schema := range members(named) {
		within(schema, visit)
	}
}

// spell writes out what generators of code want to read: the types of constants
// and choices, lists instead of constants that are lists, and types with more than
// null for what is always null. A truth value that is constant is any: enums of them
// do not compile in Java. A schema that is spelled out permits no less than before.
func spell(schema *yaml.Node) {
	if constant := member(schema, "const"); constant != nil && constant.Kind == yaml.SequenceNode {
		spellList(schema, drop(schema, "const"))
	}
	if member(schema, "type") == nil {
		if kind := typeOf(schema); kind != nil {
			schema.Content = append([]*yaml.Node{text("type"), kind}, schema.Content...)
		}
	}
	if kind := member(schema, "type"); kind != nil && kind.Value == "boolean" {
		drop(schema, "const")
	}
	for _, property := range members(member(schema, "properties")) {
		if kind := member(property, "type"); kind != nil && kind.Value == "null" {
			put(property, "type", sequence(text("string"), text("null")))
		}
	}
}

// spellList makes a schema, which had a list as its constant, one of lists of the
// same length and of the same values.
func spellList(schema, list *yaml.Node) {
	length := scalar("!!int", strconv.Itoa(len(list.Content)))
	items := mapping(text("enum"), sequence(list.Content...))
	spell(items)
	put(schema, "type", text("array"))
	put(schema, "items", items)
	put(schema, "minItems", length)
	put(schema, "maxItems", length)
}

// typeOf returns the type of a schema's constant, or the types of its choices; nil
// if it has neither.
func typeOf(schema *yaml.Node) *yaml.Node {
	var values []*yaml.Node
	if constant := member(schema, "const"); constant != nil {
		values = []*yaml.Node{constant}
	} else if choices := member(schema, "enum"); choices != nil {
		values = choices.Content
	}
	var types []*yaml.Node
	seen := map[string]bool{}
	for _, value := range values {
		if name := typeName(value); !seen[name] {
			seen[name] = true
			types = append(types, text(name))
		}
	}
	switch len(types) {
	case 0:
		return nil
	case 1:
		return types[0]
	}
	return sequence(types...)
}

// typeName returns the name that a value's type has in JSON Schema.
func typeName(value *yaml.Node) string {
	switch value.Tag {
	case "!!bool":
		return "boolean"
	case "!!int":
		return "integer"
	case "!!float":
		return "number"
	case "!!null":
		return "null"
	}
	return "string"
}
