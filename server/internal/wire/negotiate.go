package wire

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// PreferredMedia returns the offer that Accept header fields prefer: that of the
// highest quality; of several, that which they name most precisely; of several
// still, the first. A caller that sends none takes anything, and what is
// malformed is ignored. It returns an [Error] of status 406 if they take none of
// the offers.
func PreferredMedia(accept []string, offers ...string) (string, error) {
	ranges := parseAccept(accept)
	if len(ranges) == 0 {
		return offers[0], nil
	}
	best, quality, precision := "", 0.0, 0
	for _, offer := range offers {
		q, p := weigh(offer, ranges)
		if q > quality || q == quality && q > 0 && p > precision {
			best, quality, precision = offer, q, p
		}
	}
	if best == "" {
		return "", notAcceptable(offers)
	}
	return best, nil
}

// PreferredLanguage returns the offer that Accept-Language header fields prefer,
// or that is close to it. It is the first if they take none: a text in another
// language is better than none (RFC 9110 §12.5.4). What is malformed is ignored.
func PreferredLanguage(accept []string, offers ...language.Tag) language.Tag {
	elements := slices.DeleteFunc(splitList(strings.Join(accept, ",")), func(element string) bool {
		_, _, err := language.ParseAcceptLanguage(element)
		return err != nil
	})
	wanted, _, err := language.ParseAcceptLanguage(strings.Join(elements, ","))
	if err != nil || len(wanted) == 0 {
		return offers[0]
	}
	_, index, _ := language.NewMatcher(offers).Match(wanted...)
	return offers[index]
}

// mediaRange is one element of an Accept header field (RFC 9110 §12.5.1).
type mediaRange struct {
	kind    string      // type/subtype; either may be *, and type only with subtype
	params  []parameter // without q
	quality float64     // 0 is a refusal
}

// weigh returns the quality of an offer, which the most precise of the ranges that
// it is in decides, and how precise that one is.
func weigh(offer string, ranges []mediaRange) (quality float64, precision int) {
	kind, params, _ := mime.ParseMediaType(offer)
	for _, one := range ranges {
		if p := one.precision(kind, params); p > precision {
			quality, precision = one.quality, p
		}
	}
	return quality, precision
}

// precision returns how precisely a range names a media type, 0 if not at all. A
// parameter that the type has with another value makes it another one, but for the
// charset: every text here is UTF-8, and better than none. One that the type does
// not have, such as the component of a calendar, asks for what may well be meant
// (RFC 9110 §12.4.1); as part of a refusal it refuses something else.
func (m mediaRange) precision(kind string, params map[string]string) int {
	shared := 0
	for _, p := range m.params {
		value, known := params[p.name]
		switch {
		case known && strings.EqualFold(p.value, value):
			shared++
		case p.name != "charset" && (known || m.quality == 0):
			return 0
		}
	}
	family, _, _ := strings.Cut(kind, "/")
	switch m.kind {
	case kind:
		return 3 + shared
	case family + "/*":
		return 2
	case "*/*", "*": // the second is what Java sends
		return 1
	}
	return 0
}

// parseAccept returns the ranges of Accept header fields, without those of which
// the type or the quality cannot be read.
func parseAccept(accept []string) []mediaRange {
	var ranges []mediaRange
	for _, element := range splitList(strings.Join(accept, ",")) {
		kind, rest, _ := strings.Cut(element, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
		major, minor, slash := strings.Cut(kind, "/")
		params, quality, ok := parseQuality(parseParameters(rest))
		if ok && (slash && major != "" && minor != "" || kind == "*") {
			ranges = append(ranges, mediaRange{kind, params, quality})
		}
	}
	return ranges
}

// parseQuality takes the quality value (RFC 9110 §12.4.2) out of the parameters
// of a range; the default is 1.
func parseQuality(params []parameter) (others []parameter, quality float64, ok bool) {
	quality, seen := 1.0, false
	for _, p := range params {
		if p.name != "q" {
			others = append(others, p)
			continue
		}
		q, err := strconv.ParseFloat(p.value, 64)
		if seen || err != nil || q > 1 || strings.Trim(p.value, "0123456789.") != "" {
			return nil, 0, false
		}
		quality, seen = q, true
	}
	return others, quality, true
}

// notAcceptable names what there is instead (RFC 9110 §15.5.7).
func notAcceptable(offers []string) error {
	kinds := make([]string, len(offers))
	for i, offer := range offers {
		kinds[i], _, _ = strings.Cut(offer, ";")
	}
	return Error{Status: http.StatusNotAcceptable, Code: "not_acceptable",
		Detail: fmt.Sprintf("None of the accepted media types is available here. There are: %s.", strings.Join(kinds, ", "))}
}

// IsMethod reports whether HTTP has a method (RFC 9110, section 9, and RFC 5789).
func IsMethod(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodConnect, http.MethodTrace}, method)
}
