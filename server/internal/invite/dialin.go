package invite

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// dialIn is how to join a room by telephone, laid out for people, and for their
// telephones.
type dialIn struct {
	Number     string // +33 9 01 02 03 04
	Country    string // France
	PIN        string // 012 345 6789 #
	Sequence   string // of a tel: URI, with the PIN
	RegionCode string // FR
	Digits     string // the PIN alone
}

// newDialIn lays out a number and a PIN. Commas in the sequence are pauses: RFC
// 3966 knows none, but telephones dial them, and RFC 7986 §5.11 has them in its
// examples. The hash sign that ends a PIN is escaped, as it would begin a fragment
// and not be dialled.
func newDialIn(p Phone, tag language.Tag) *dialIn {
	return &dialIn{
		Number: international(p.Number), Country: countryName(p.Country, tag), PIN: groupDigits(p.PIN) + " #",
		Sequence: p.Number + ",," + p.PIN + "%23", RegionCode: p.Country, Digits: p.PIN,
	}
}

// international lays out a number of E.164 as its country does, for callers from
// abroad. A number of an unknown plan stays as it is.
func international(number string) string {
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return number
	}
	return phonenumbers.Format(parsed, phonenumbers.INTERNATIONAL)
}

// countryName returns the name of a country, or its code if it has none.
func countryName(code string, tag language.Tag) string {
	if region, err := language.ParseRegion(code); err == nil {
		if name := display.Regions(tag).Name(region); name != "" {
			return name
		}
	}
	return code
}

// groupDigits lays out six digits or more in groups of three, the last ones of
// four where threes do not come out.
func groupDigits(pin string) string {
	var groups []string
	for len(pin) > 4 {
		size := 3
		if len(pin) == 8 {
			size = 4
		}
		groups, pin = append(groups, pin[:size]), pin[size:]
	}
	return strings.Join(append(groups, pin), " ")
}
