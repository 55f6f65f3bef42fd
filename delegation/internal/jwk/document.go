package jwk

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4/json"
)

// split returns the keys of a set, or what the text is instead.
func split(text []byte) ([]json.RawMessage, error) {
	if err := notJSON(text); err != nil {
		return nil, err
	}
	var list []json.RawMessage
	if json.Unmarshal(text, &list) == nil {
		return nil, errors.New(`this is a list, not a JWK set: write {"keys": [...]} around the keys`)
	}
	var set map[string]json.RawMessage
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("this is not a JWK set, but no valid JSON object without duplicate names")
	}
	raw, there := set["keys"]
	switch {
	case !there && len(set["kty"]) > 0:
		return nil, errors.New(`this is one key (a JWK), not a JWK set: write {"keys": [...]} around it`)
	case !there && len(set["jwks_uri"]) > 0:
		return nil, errors.New("this is metadata, not a JWK set: give the document at its jwks_uri")
	case !there:
		return nil, errors.New("this is not a JWK set: it has no keys member")
	case json.Unmarshal(raw, &list) != nil:
		return nil, errors.New("this is not a JWK set: its keys member is not a list")
	case len(list) > maxListed:
		return nil, fmt.Errorf("the set has %d keys, at most %d are looked at", len(list), maxListed)
	}
	return list, nil
}

// notJSON tells of what operators give instead of JSON.
func notJSON(text []byte) error {
	trimmed := bytes.TrimSpace(text)
	for _, known := range []struct{ prefix, cause string }{
		{"\xef\xbb\xbf", "the text begins with a byte order mark (BOM): save it as UTF-8 without one"},
		{"\xff\xfe", "the text is UTF-16 (it begins with a byte order mark, BOM): save it as UTF-8"},
		{"\xfe\xff", "the text is UTF-16 (it begins with a byte order mark, BOM): save it as UTF-8"},
		{"-----BEGIN", "this is PEM, not a JWK set: convert the public key to a JWK first"},
		{"ssh-", "this is a key of OpenSSH, not a JWK set"},
		{"ecdsa-", "this is a key of OpenSSH, not a JWK set"},
		{"\x30\x82", "this is DER, not a JWK set"},
		{"\x30\x59", "this is DER, not a JWK set"},
		{"http://", "this is a URL, not a JWK set: give the document that is there"},
		{"https://", "this is a URL, not a JWK set: give the document that is there"},
		{"<", "this is HTML or XML, not a JWK set"},
		{"eyJ", "this is a JWT, not a JWK set"},
	} {
		if bytes.HasPrefix(trimmed, []byte(known.prefix)) {
			return errors.New(known.cause)
		}
	}
	if len(trimmed) == 0 {
		return errors.New("the text is empty")
	}
	return nil
}
