// Package telephone checks how rooms are reached by telephone.
package telephone

import "strings"

// Problem is what is wrong with one field. The text continues a sentence that begins
// with the field.
type Problem struct{ Field, Text string }

// Problems returns what is wrong with a number, its country and the length of PINs, of
// which none is there if there is no telephone.
func Problems(number, country string, pinLength int) []Problem {
	if number == "" {
		if country == "" && pinLength == 0 {
			return nil
		}
		return []Problem{{"Number", "is required with a country or a PIN length"}}
	}
	var problems []Problem
	if !e164(number) {
		problems = append(problems, Problem{"Number", "must be in E.164 form, such as +33901020304"})
	}
	if !consists(country, 2, 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		problems = append(problems, Problem{"Country", "must be two capital letters (ISO 3166-1), such as FR"})
	}
	if pinLength < 6 || pinLength > 12 {
		problems = append(problems, Problem{"PINLength", "must be from 6 to 12"})
	}
	return problems
}

// MoreProblems returns what is wrong with the language of the voice behind a number, and with the URI of a gateway
// for SIP. Each may be empty, and needs a number.
func MoreProblems(number, language, gateway string) []Problem {
	var problems []Problem
	first, _, _ := strings.Cut(language, "-")
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	tag := consists(first, 2, 8, letters) && consists(language, 2, 35, letters+"0123456789-")
	scheme, place, _ := strings.Cut(gateway, ":")
	user, host, _ := strings.Cut(place, "@")
	isURI := (scheme == "sip" || scheme == "sips") && user != "" && host != "" && len(gateway) <= 255 &&
		!strings.ContainsFunc(gateway, func(r rune) bool { return r <= ' ' || r > '~' })
	if language != "" && (number == "" || !tag) {
		problems = append(problems, Problem{"Language", "must be a language tag (BCP 47), such as fr-FR, beside a number"})
	}
	if gateway != "" && (number == "" || !isURI) {
		problems = append(problems, Problem{"SIPGateway", "must be a SIP URI, such as sip:join@sip.example.org, " +
			"beside a number"})
	}
	return problems
}

// consists reports whether text has from least to most bytes, all of them in the
// alphabet.
func consists(text string, least, most int, alphabet string) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, alphabet) == ""
}

// e164 reports whether text is an international telephone number (ITU-T E.164):
// a plus sign and 7 to 15 digits, the first of which is not zero.
func e164(text string) bool {
	number, plus := strings.CutPrefix(text, "+")
	return plus && consists(number, 7, 15, "0123456789") && number[0] != '0'
}
