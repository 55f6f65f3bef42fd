package oauth

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
)

// pair is a client id and a secret. Either may be empty.
type pair struct{ id, secret string }

// basicPairs returns what the credentials of HTTP Basic may mean, at most two
// readings: form-decoded before they were joined (RFC 6749 §2.3.1), and as they are,
// which is what many clients send. Tried reports whether there are any credentials
// of this scheme; those of every other scheme are none of ours.
func basicPairs(authorization []string) (readings []pair, tried bool, err error) {
	encoded := basicFields(authorization)
	switch {
	case len(encoded) == 0:
		return nil, false, nil
	case len(encoded) > 1:
		return nil, true, faultTwoBasic()
	case encoded[0] == "":
		return nil, true, nil
	}
	text, err := base64.RawStdEncoding.DecodeString(encoded[0])
	id, secret, colon := strings.Cut(string(text), ":")
	if err != nil || !colon {
		return nil, true, faultBasic()
	}
	readings, err = usable(pair{id, secret}.readings())
	return readings, true, err
}

// basicFields returns the different credentials of the scheme Basic, in one spelling
// of base64: without padding, in its first alphabet, and without white space.
func basicFields(authorization []string) (fields []string) {
	for element := range strings.SplitSeq(strings.Join(authorization, ","), ",") {
		words := strings.Fields(element)
		if len(words) == 0 || !strings.EqualFold(words[0], "Basic") {
			continue
		}
		field := strings.TrimRight(strings.Join(words[1:], ""), "=")
		fields = append(fields, strings.NewReplacer("-", "+", "_", "/").Replace(field))
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// readings returns what a pair may mean, the form-decoded one first. A secret that
// was made here shows that it was the right one.
func (p pair) readings() []pair {
	raw := pair{trim(p.id), trim(p.secret)}
	id, idErr := url.QueryUnescape(p.id)
	secret, secretErr := url.QueryUnescape(p.secret)
	decoded := pair{trim(id), trim(secret)}
	if idErr != nil || secretErr != nil {
		return []pair{raw}
	}
	if _, err := delegation.Secret(decoded.secret).ID(); err == nil && raw.secret != decoded.secret || raw == decoded {
		return []pair{decoded}
	}
	return []pair{decoded, raw}
}

// usable returns the readings that can be credentials at all, but for an empty pair.
// If there is none it returns all of them, and the fault of the last, which is how
// they were sent.
func usable(readings []pair) (usable []pair, err error) {
	for _, one := range readings {
		if err = one.fault(); err == nil {
			usable = append(usable, one)
		}
	}
	if len(usable) == 0 {
		return readings, err
	}
	return slices.DeleteFunc(usable, func(one pair) bool { return one == pair{} }), nil
}

// fault returns what is wrong with a pair: RFC 6749 appendix A allows printable ASCII,
// and no id or secret is longer than 255 characters.
func (p pair) fault() error {
	for _, one := range []struct{ name, text string }{{"client_id", p.id}, {"client_secret", p.secret}} {
		switch {
		case strings.ContainsFunc(one.text, func(r rune) bool { return r < ' ' || r > '~' }):
			return flawCharacters.of(one.name)
		case len(one.text) > 255:
			return flawLength.of(one.name)
		}
	}
	return nil
}

// with returns the pair completed by what the body has, or a fault if they differ.
func (p pair) with(body pair) (pair, error) {
	switch {
	case p.id != "" && body.id != "" && p.id != body.id:
		return pair{}, flawDiffers.of("client_id")
	case p.secret != "" && body.secret != "" && p.secret != body.secret:
		return pair{}, flawDiffers.of("client_secret")
	}
	return pair{cmp.Or(p.id, body.id), cmp.Or(p.secret, body.secret)}, nil
}
