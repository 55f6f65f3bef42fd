package lease

import (
	"maps"
	"slices"
)

// keys is a set of keys that are not empty. Most sets have one.
type keys struct {
	one  string
	more *map[string]struct{} // all of them, if there were ever two
}

// with returns the set with a key.
func (k keys) with(key string) keys {
	switch {
	case k.more != nil:
		(*k.more)[key] = struct{}{}
		return k
	case k.one == "" || k.one == key:
		return keys{one: key}
	}
	return keys{more: &map[string]struct{}{k.one: {}, key: {}}}
}

// without returns the set without a key. It is zero when it is empty.
func (k keys) without(key string) keys {
	if k.more == nil {
		if k.one == key {
			return keys{}
		}
		return k
	}
	delete(*k.more, key)
	if len(*k.more) == 0 {
		return keys{}
	}
	return k
}

// all returns the keys, in a list of its own.
func (k keys) all() []string {
	switch {
	case k.more != nil:
		return slices.Collect(maps.Keys(*k.more))
	case k.one != "":
		return []string{k.one}
	}
	return nil
}
