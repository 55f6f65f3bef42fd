package contract

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// openAPI returns the document as JSON in the order in which it was written, for
// readers, with the base path as configured, and the full path of what is
// elsewhere.
func openAPI(source []byte, base string, elsewhere map[string]string) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	root := document.Content[0]
	if err := member(root, "servers").Encode([]map[string]string{{"url": base}}); err != nil {
		return nil, fmt.Errorf("writing the base path: %w", err)
	}
	for _, path := range member(root, "paths").Content {
		if full, found := elsewhere[path.Value]; found {
			path.Value = full
		}
	}
	var text bytes.Buffer
	err := writeNode(&text, root)
	return text.Bytes(), err
}

// member returns the value of a name in a YAML mapping.
func member(mapping *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// writeNode writes a YAML node as JSON. It keeps the order of mappings, which a
// map would lose.
func writeNode(text *bytes.Buffer, node *yaml.Node) error {
	brackets, separators := "[]", ",,"
	switch node.Kind {
	case yaml.AliasNode:
		return writeNode(text, node.Alias)
	case yaml.ScalarNode:
		return writeScalar(text, node)
	case yaml.MappingNode: // its content is names and values in turn
		brackets, separators = "{}", ",:"
	}
	text.WriteByte(brackets[0])
	for i, child := range node.Content {
		if i > 0 {
			text.WriteByte(separators[i%2])
		}
		if err := writeNode(text, child); err != nil {
			return err
		}
	}
	text.WriteByte(brackets[1])
	return nil
}

func writeScalar(text *bytes.Buffer, node *yaml.Node) error {
	var value any
	if err := node.Decode(&value); err != nil {
		return err
	}
	scalar, err := json.Marshal(value)
	text.Write(scalar)
	return err
}
