package delegation

import (
	"strings"

	"github.com/anteroom-go/anteroom/scopes"
)

// asked is a request's scope, taken apart.
type asked struct {
	address Email // "" without a delegated user
	actions []scopes.Scope
}

// parseAsked separates the address, the one token with an @, from the actions.
func parseAsked(text string) (asked, error) {
	tokens, err := scopes.Split(text)
	if err != nil {
		return asked{}, refuse(ErrInvalidScope, ReasonScopeMalformed)
	}
	var a asked
	for _, token := range tokens {
		if !strings.Contains(string(token), "@") {
			a.actions = append(a.actions, token)
			continue
		}
		if a.address != "" {
			return asked{}, refuse(ErrInvalidScope, ReasonAddressRepeated)
		}
		if a.address, err = ParseEmail(string(token)); err != nil {
			return asked{}, refuse(ErrInvalidScope, ReasonAddressMalformed)
		}
	}
	return a, nil
}

// narrow returns the actions of a token: all that are held if none were asked
// for. One that is not held is refused by name.
func (a asked) narrow(held scopes.Set) (scopes.Set, error) {
	if len(a.actions) == 0 {
		return held, nil
	}
	for _, action := range a.actions {
		if !held.Has(action) {
			return scopes.Set{}, &Refusal{Err: ErrInvalidScope, Reason: ReasonScopeNotGranted, Scope: action}
		}
	}
	return scopes.NewSet(a.actions...), nil
}
