package address

import (
	"strings"

	"golang.org/x/net/idna"
)

// ParseEntry reads a domain, or *. and a domain, that an operator wrote. Unicode is converted to the xn-- form.
func ParseEntry(text string) (entry string, ok bool) {
	name, wild := strings.CutPrefix(text, "*.")
	ascii, err := idna.Lookup.ToASCII(name)
	switch {
	case err != nil || !Host(ascii):
		return "", false
	case wild:
		return "*." + ascii, true
	}
	return ascii, true
}
