// Package during makes a context with one value, which is not a copy of its parent on the heap.
package during

import "context"

// Context is its parent with one value more. It lives in what the value is, such as a call.
type Context struct {
	context.Context
	Key, Kept any
}

// Value implements [context.Context].
func (c *Context) Value(key any) any {
	if key == c.Key {
		return c.Kept
	}
	return c.Context.Value(key)
}
