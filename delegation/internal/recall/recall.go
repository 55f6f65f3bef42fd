// Package recall has a request answered from memory if that is enough to say yes.
package recall

import "context"

type key struct{}

// Begin begins a request. The function reports whether memory may answer it; nil means that there is none.
func Begin(ctx context.Context, begin func(context.Context) (context.Context, bool)) context.Context {
	if begin == nil {
		return ctx
	}
	within, good := begin(ctx)
	if !good {
		return ctx
	}
	return context.WithValue(within, key{}, true)
}

// Try returns what who decides by memory says, if that is yes, in a request that memory may answer.
func Try[W, T any](ctx context.Context, who *W, decide func(*W) (T, error)) (yes T, ok bool) {
	if who == nil || ctx.Value(key{}) == nil {
		return yes, false
	}
	yes, err := decide(who)
	return yes, err == nil
}
