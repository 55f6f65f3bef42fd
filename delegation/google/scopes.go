package google

import (
	"strings"

	"github.com/anteroom-go/anteroom/scopes"
)

// The scopes of Google Meet that mean something here.
const (
	ScopeCreated  scopes.Scope = "https://www.googleapis.com/auth/meetings.space.created"
	ScopeReadonly scopes.Scope = "https://www.googleapis.com/auth/meetings.space.readonly"
	ScopeSettings scopes.Scope = "https://www.googleapis.com/auth/meetings.space.settings"
)

// Scopes returns the scopes of Google Meet that mean something here.
func Scopes() []scopes.Scope { return []scopes.Scope{ScopeCreated, ScopeReadonly, ScopeSettings} }

// meaning returns the actions that a scope of Google's stands for; none for an unknown one.
func meaning(scope scopes.Scope) scopes.Set {
	switch scope {
	case ScopeCreated:
		return scopes.NewSet(scopes.RoomsCreate, scopes.RoomsRetrieve, scopes.RoomsUpdate, scopes.RoomsAttendees)
	case ScopeReadonly:
		return scopes.NewSet(scopes.RoomsRetrieve)
	case ScopeSettings:
		return scopes.NewSet(scopes.RoomsRetrieve, scopes.RoomsUpdate)
	}
	return scopes.Set{}
}

// Granted returns the actions of those that are held for which a scope claim asks. It returns a
// fault if the claim is empty or has an unknown word, and if none of the actions is held.
func Granted(held scopes.Set, claim string) (scopes.Set, Fault) {
	asked, fault := asked(claim)
	granted := asked.Intersect(held)
	if fault == "" && granted.Empty() {
		fault = NotHeld
	}
	return granted, fault
}

// asked returns the actions for which a scope claim asks.
func asked(claim string) (scopes.Set, Fault) {
	words, err := scopes.Split(claim)
	switch {
	case err != nil:
		return scopes.Set{}, Unknown
	case len(words) == 0:
		return scopes.Set{}, NoScope
	}
	var actions []scopes.Scope
	for _, word := range words {
		known := meaning(word)
		if known.Empty() {
			return scopes.Set{}, Unknown
		}
		actions = append(actions, known.List()...)
	}
	return scopes.NewSet(actions...), ""
}

// Separate splits a scope parameter into its words of Google's and the rest, which is as it was written
// if there are none.
func Separate(parameter string) (names, rest string) {
	var lists [2][]string
	for word := range strings.SplitSeq(parameter, " ") {
		i := 1
		if strings.HasPrefix(word, "https://www.googleapis.com/") {
			i = 0
		}
		lists[i] = append(lists[i], word)
	}
	return strings.Join(lists[0], " "), strings.Join(lists[1], " ")
}
