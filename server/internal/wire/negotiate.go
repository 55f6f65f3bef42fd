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
// or that is close to it. It is the first if they take none or are malformed: a
// text in another language is better than none (RFC 9110 §12.5.4).
func PreferredLanguage(accept []string, offers ...language.Tag) language.Tag {
	wanted, _, err := language.ParseAcceptLanguage(strings.Join(accept, ","))
	if err != nil || len(wanted) == 0 {
		return offers[0]
	}
	_, index, _ := language.NewMatcher(offers).Match(wanted...)
	return offers[index]
}

// mediaRange is one element of an Accept header field (RFC 9110 §12.5.1).
type mediaRange struct {
	kind    string            // type/subtype; either may be *, and type only with subtype
	params  map[string]string // without q
	quality float64           // 0 is a refusal
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

// precision returns how precisely a range names a media type, 0 if not at all.
// Every text here is UTF-8, so a range that asks for that asks for nothing more.
func (m mediaRange) precision(kind string, params map[string]string) int {
	for name, value := range m.params {
		if !strings.EqualFold(value, params[name]) && !(name == "charset" && strings.EqualFold(value, "utf-8")) {
			return 0
		}
	}
	family, _, _ := strings.Cut(kind, "/")
	switch m.kind {
	case kind:
		return 3 + len(m.params)
	case family + "/*":
		return 2
	case "*/*":
		return 1
	}
	return 0
}

// parseAccept returns the well-formed ranges of Accept header fields.
func parseAccept(accept []string) []mediaRange {
	var ranges []mediaRange
	for _, element := range splitList(strings.Join(accept, ",")) {
		kind, params, err := mime.ParseMediaType(element)
		quality, ok := parseQuality(params)
		if err == nil && ok && strings.Contains(kind, "/") {
			ranges = append(ranges, mediaRange{kind, params, quality})
		}
	}
	return ranges
}

// parseQuality takes the quality value (RFC 9110 §12.4.2) out of the parameters
// of a range; the default is 1.
func parseQuality(params map[string]string) (float64, bool) {
	text, present := params["q"]
	if !present {
		return 1, true
	}
	delete(params, "q")
	quality, err := strconv.ParseFloat(text, 64)
	return quality, err == nil && quality <= 1 && len(text) <= 5 && strings.Trim(text, "0123456789.") == ""
}

// splitList splits a header field at the commas that are not quoted (RFC 9110
// §5.6.1).
func splitList(field string) []string {
	var elements []string
	start, quoted := 0, false
	for i := 0; i < len(field); i++ {
		switch {
		case field[i] == '"':
			quoted = !quoted
		case field[i] == '\\' && quoted:
			i++
		case field[i] == ',' && !quoted:
			elements, start = append(elements, field[start:i]), i+1
		}
	}
	return append(elements, field[start:])
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
