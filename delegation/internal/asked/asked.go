// Package asked reads what a token request asks for: the words of its scope parameter,
// and those of the scope claim of an assertion.
package asked

import (
	"strings"

	"github.com/anteroom-go/anteroom/delegation/internal/address"
	"github.com/anteroom-go/anteroom/scopes"
)

// What can be wrong, words for logs.
const (
	scopeMalformed   = "scope_malformed"
	scopeNotGranted  = "scope_not_granted"
	scopesDisjoint   = "scopes_disjoint"
	addressMalformed = "address_malformed"
	addressRepeated  = "more_than_one_address"
)

// Fault is the first thing that is wrong with what is asked for. Its Reason is a word
// for logs, empty if nothing is wrong, and Action the one that is not held, if that is it.
type Fault struct {
	Reason string
	Action scopes.Scope
}

// Request is what is asked for.
type Request struct {
	// Granted are the actions of those that are held.
	Granted scopes.Set
	// Address is that of the delegated user in lower case; empty if none is named.
	Address string
}

// Read grants what every text asks for, and finds the address in them. Of a text that
// asks for no action everything is granted that is held. The address may be known
// already.
func Read(held scopes.Set, address string, texts ...string) (Request, Fault) {
	r := Request{Granted: held, Address: address}
	for _, text := range texts {
		if fault := r.narrow(held, text); fault.Reason != "" {
			return Request{}, fault
		}
	}
	if r.Granted.Empty() {
		return Request{}, Fault{Reason: scopesDisjoint}
	}
	return r, Fault{}
}

// narrow takes a text apart: the address is the one word with an @, the others are
// actions.
func (r *Request) narrow(held scopes.Set, text string) Fault {
	words, err := scopes.Split(text)
	if err != nil {
		return Fault{Reason: scopeMalformed}
	}
	var actions []scopes.Scope
	addresses := 0
	for _, word := range words {
		if strings.Contains(string(word), "@") {
			addresses++
			if reason := r.forUser(string(word), addresses); reason != "" {
				return Fault{Reason: reason}
			}
			continue
		}
		if !held.Has(word) {
			return Fault{Reason: scopeNotGranted, Action: word}
		}
		actions = append(actions, word)
	}
	if len(actions) > 0 {
		r.Granted = r.Granted.Intersect(scopes.NewSet(actions...))
	}
	return Fault{}
}

// forUser takes the address of the user, of which a text names one at most, and the one
// of an assertion if there is one. It returns why not, or "".
func (r *Request) forUser(word string, addresses int) string {
	parsed, ok := address.Parse(word)
	switch {
	case !ok:
		return addressMalformed
	case addresses > 1 || r.Address != "" && r.Address != parsed:
		return addressRepeated
	}
	r.Address = parsed
	return ""
}
