package places

import (
	"slices"
	"strings"
)

// Canonical writes every spelling of a path in one way: single slashes, and none at the end.
func Canonical(path string) string {
	if !strings.Contains(path, "//") && strings.HasPrefix(path, "/") {
		return "/" + strings.Trim(path, "/")
	}
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	return "/" + strings.Join(segments, "/")
}
