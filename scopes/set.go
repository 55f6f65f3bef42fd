package scopes

import (
	"fmt"
	"slices"
	"strings"
)

// Set is an immutable set of scopes. The zero Set is empty and permits
// nothing.
type Set struct {
	sorted []Scope // ascending, without repetition, never changed
}

// NewSet returns the set of the given scopes. Scopes that are not [Scope.Valid]
// are left out: they could not be granted.
func NewSet(list ...Scope) Set {
	sorted := slices.DeleteFunc(slices.Clone(list), func(s Scope) bool { return !s.Valid() })
	slices.Sort(sorted)
	return Set{sorted: slices.Compact(sorted)}
}

// Rooms returns the five scopes on rooms themselves: what most applications need.
func Rooms() Set {
	return NewSet(RoomsList, RoomsRetrieve, RoomsCreate, RoomsUpdate, RoomsDelete)
}

// All returns every scope of the external API.
func All() Set {
	return NewSet(append(Rooms().List(), RoomsAttendees, StatsRead)...)
}

// Parse reads a set in the form of the scope parameter of RFC 6749 §3.3, as
// [Split] does. Repetition and order do not matter.
func Parse(text string) (Set, error) {
	tokens, err := Split(text)
	if err != nil {
		return Set{}, err
	}
	return NewSet(tokens...), nil
}

// Has reports whether s is in the set: exactly, case-sensitively.
func (set Set) Has(s Scope) bool {
	return slices.Contains(set.sorted, s)
}

// Require returns nil if s is in the set, and otherwise a [*MissingError]
// that names s.
func (set Set) Require(s Scope) error {
	if !set.Has(s) {
		return &MissingError{Scope: s}
	}
	return nil
}

// Empty reports whether the set permits nothing.
func (set Set) Empty() bool { return len(set.sorted) == 0 }

// Len returns how many scopes are in the set.
func (set Set) Len() int { return len(set.sorted) }

// List returns the scopes in ascending order. The caller owns the slice.
func (set Set) List() []Scope { return slices.Clone(set.sorted) }

// Intersect returns the scopes that are in both sets.
func (set Set) Intersect(other Set) Set {
	var both []Scope
	for _, s := range set.sorted {
		if other.Has(s) {
			both = append(both, s)
		}
	}
	return Set{sorted: both}
}

// Minus returns the scopes of the set that are not in other.
func (set Set) Minus(other Set) Set {
	var rest []Scope
	for _, s := range set.sorted {
		if !other.Has(s) {
			rest = append(rest, s)
		}
	}
	return Set{sorted: rest}
}

// Equal reports whether both sets hold the same scopes.
func (set Set) Equal(other Set) bool { return slices.Equal(set.sorted, other.sorted) }

// String returns the scopes in ascending order, separated by one space: the
// form of RFC 6749 §3.3, which [Parse] reads back.
func (set Set) String() string {
	var b strings.Builder
	for i, s := range set.sorted {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(s))
	}
	return b.String()
}

// MarshalText writes the form of [Set.String].
func (set Set) MarshalText() ([]byte, error) { return []byte(set.String()), nil }

// UnmarshalText reads what [Parse] reads.
func (set *Set) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return fmt.Errorf("reading a scope set: %w", err)
	}
	*set = parsed
	return nil
}
