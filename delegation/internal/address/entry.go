package address

import "strings"

// Public reports whether anyone may register a domain that the entry of a policy
// stands for, or names directly below it. An entry is a domain, or *. and a domain.
func Public(entry string) bool {
	name, wild := strings.CutPrefix(entry, "*.")
	return PublicSuffix(name) || wild && PublicSuffix("x."+name)
}

// Covers reports whether the entry of a policy stands for addresses in the domain
// name.
func Covers(entry, name string) bool {
	if suffix, wild := strings.CutPrefix(entry, "*"); wild {
		return len(suffix) > 1 && len(name) > len(suffix) && strings.HasSuffix(name, suffix)
	}
	return entry != "" && entry == name
}
