package delegation

import "context"

// Memory is what is remembered of directories, and obeys them nevertheless: whatever is taken back is forgotten
// before the operator is told that it is. The Authority asks it first. If what it remembers is not enough to say yes,
// everything is looked up as if there were no memory, so that the time of a refusal tells no more than without one.
// The zero Memory remembers nothing.
type Memory struct {
	// Begin begins a request, and reports whether memory may answer it; the contracts below get its context.
	Begin func(ctx context.Context) (context.Context, bool)
	// Applications and Users return ErrApplicationNotFound, ErrSecretNotFound and ErrUserNotFound for what they do not
	// remember, and nothing is changed by them. Nil means those of the Config.
	Applications Applications
	Users        Users
}

// remembering returns the Authority that decides by memory, which creates no users and checks no secrets of other
// products.
func (a *Authority) remembering() *Authority {
	m := a.config.Memory
	if m.Begin == nil {
		return nil
	}
	quick := &Authority{config: a.config, decoy: a.decoy, recalls: true}
	quick.config.Provisioner, quick.config.Memory = nil, Memory{}
	if m.Applications != nil {
		quick.config.Applications = m.Applications
	}
	if m.Users != nil {
		quick.config.Users = m.Users
	}
	return quick
}

type recalled struct{}

// begin begins a request that memory may answer, or not.
func (a *Authority) begin(ctx context.Context) context.Context {
	if a.quick == nil {
		return ctx
	}
	within, good := a.config.Memory.Begin(ctx)
	if !good {
		return ctx
	}
	return context.WithValue(within, recalled{}, true)
}

// recall has the Authority that decides by memory try to say yes, in a request that memory may answer.
func recall[T any](ctx context.Context, a *Authority, try func(quick *Authority) (T, error)) (yes T, ok bool) {
	if a.quick == nil || ctx.Value(recalled{}) == nil {
		return yes, false
	}
	yes, err := try(a.quick)
	return yes, err == nil
}
