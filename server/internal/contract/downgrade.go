package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// downgrade makes an OpenAPI 3.1 document one of OpenAPI 3.0.3. What 3.0 cannot
// express is left out: then the document permits more. It returns an error if a
// schema would come to mean something else.
func downgrade(root *yaml.Node) error {
	put(root, "openapi", text("3.0.3"))
	info := member(root, "info")
	drop(info, "summary")
	if license := member(info, "license"); license != nil {
		if id := drop(license, "identifier"); id != nil {
			put(license, "url", text("https://spdx.org/licenses/"+id.Value+".html"))
		}
	}
	var wrong []error
	eachSchema(root, func(schema *yaml.Node) { wrong = append(wrong, downgradeNullChoice(root, schema)) })
	eachSchema(root, func(schema *yaml.Node) { wrong = append(wrong, downgradeSchema(schema)) })
	return errors.Join(wrong...)
}

// downgradeSchema makes a schema one of OpenAPI 3.0.3 (§4.7.24), after those in it.
func downgradeSchema(schema *yaml.Node) error {
	for _, keyword := range []string{"propertyNames", "patternProperties"} {
		drop(schema, keyword)
	}
	if constant := drop(schema, "const"); constant != nil {
		put(schema, "enum", sequence(constant))
	}
	if examples := drop(schema, "examples"); examples != nil && member(schema, "example") == nil {
		put(schema, "example", examples.Content[0])
	}
	if to := member(schema, "$ref"); to != nil && len(schema.Content) > 2 {
		drop(schema, "$ref") // which has no siblings there
		put(schema, "allOf", sequence(reference(to.Value)))
	}
	return downgradeType(schema)
}

// downgradeType writes null among the types of a schema as nullable.
func downgradeType(schema *yaml.Node) error {
	kind := member(schema, "type")
	if kind == nil || kind.Kind != yaml.SequenceNode {
		return nil
	}
	types := slices.DeleteFunc(slices.Clone(kind.Content), func(one *yaml.Node) bool { return one.Value == "null" })
	if len(types) != 1 {
		return fmt.Errorf("line %d: a schema of several types", kind.Line)
	}
	put(schema, "type", types[0])
	if len(types) < len(kind.Content) {
		makeNullable(schema)
	}
	return nil
}

// downgradeNullChoice writes null beside one choice as that choice made nullable. It
// is written out where it was a reference: what is beside a reference does not count,
// and allOf of it and nullable would not permit null. It returns an error if there are
// more choices.
func downgradeNullChoice(root, schema *yaml.Node) error {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		choices := member(schema, keyword)
		if choices == nil || !slices.ContainsFunc(choices.Content, isNull) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(choices.Content), isNull)
		if len(left) != 1 {
			return fmt.Errorf("line %d: null beside several choices", schema.Line)
		}
		drop(schema, keyword)
		for name, value := range members(resolve(root, left[0])) {
			if member(schema, name) == nil {
				put(schema, name, value)
			}
		}
		makeNullable(schema)
	}
	return nil
}

// makeNullable permits null as well. Where values are listed, it is one of them.
func makeNullable(schema *yaml.Node) {
	put(schema, "nullable", scalar("!!bool", "true"))
	if values := member(schema, "enum"); values != nil {
		put(schema, "enum", sequence(append(slices.Clone(values.Content), scalar("!!null", "null"))...))
	}
}

// isNull reports whether a schema permits null alone.
func isNull(schema *yaml.Node) bool {
	kind := member(schema, "type")
	return kind != nil && kind.Value == "null"
}

// resolve returns the schema to which a reference in the document leads, or the
// schema itself if it is none.
func resolve(root, schema *yaml.Node) *yaml.Node {
	to := member(schema, "$ref")
	if to == nil {
		return schema
	}
	target := root
	for name := range strings.SplitSeq(strings.TrimPrefix(to.Value, "#/"), "/") {
		target = member(target, name)
	}
	return target
}
