package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
)

// Values are members of an application, a user or a key by their names.
type Values map[string]any

// maxValue is the length of one value in JSON, in bytes, from which its digest stands for it.
const maxValue = 1 << 10

// Between returns what differs of two sets of values.
func Between(before, after Values) (was, is Values) {
	was, is = maps.Clone(before), maps.Clone(after)
	for name, value := range before {
		if there, found := after[name]; found && bytes.Equal(text(value), text(there)) {
			delete(was, name)
			delete(is, name)
		}
	}
	return was, is
}

// text returns a value in JSON, for a comparison.
func text(value any) []byte {
	written, err := json.Marshal(value)
	if err != nil {
		return fmt.Appendf(nil, "%v", err)
	}
	return written
}

// digested stands for a value that is too long.
type digested struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// written returns the values as an object of JSON, or nothing if there are none.
func (v Values) written() (string, error) {
	if len(v) == 0 {
		return "", nil
	}
	members := make(map[string]json.RawMessage, len(v))
	for name, value := range v {
		whole, err := json.Marshal(value)
		if err == nil && len(whole) > maxValue {
			sum := sha256.Sum256(whole)
			whole, err = json.Marshal(digested{len(whole), hex.EncodeToString(sum[:])})
		}
		if err != nil {
			return "", fmt.Errorf("audit: writing %s: %w", name, err)
		}
		members[name] = whole
	}
	object, err := json.Marshal(members)
	if err != nil {
		return "", fmt.Errorf("audit: writing values: %w", err)
	}
	return string(object), nil
}
