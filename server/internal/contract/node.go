package contract

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"
)

// members returns the names and values of a YAML mapping in their order, and
// nothing of what is no mapping. The mapping may change while they are read.
func members(node *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		if node == nil || node.Kind != yaml.MappingNode {
			return
		}
		for pair := range slices.Chunk(slices.Clone(node.Content), 2) {
			if !yield(pair[0].Value, pair[1]) {
				return
			}
		}
	}
}

// member returns the value of a name in a YAML mapping, or nil.
func member(mapping *yaml.Node, name string) *yaml.Node {
	for other, value := range members(mapping) {
		if other == name {
			return value
		}
	}
	return nil
}

// put gives a name in a mapping a value, at its end if the name is new.
func put(mapping *yaml.Node, name string, value *yaml.Node) {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			mapping.Content[i+1] = value
			return
		}
	}
	mapping.Content = append(mapping.Content, text(name), value)
}

// drop removes a name from a mapping, and returns the value that it had, or nil.
func drop(mapping *yaml.Node, name string) *yaml.Node {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			value := mapping.Content[i+1]
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
			return value
		}
	}
	return nil
}

// text returns a string as a node.
func text(value string) *yaml.Node { return scalar("!!str", value) }

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

func sequence(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: content}
}

// mapping returns a mapping of names and values in turn.
func mapping(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content}
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
