package jwk

import (
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4/json" // strict: no name twice, none in another case
)

// Bounds of a set.
const (
	maxUsable = 10  // keys that an application may have
	maxListed = 100 // keys of a set
	maxCauses = 5   // keys of which an error tells
)

// Named is a public key for ES256 or EdDSA, and its kid, which may be empty.
type Named struct {
	Public crypto.PublicKey
	KeyID  string
}

// ParseSet reads a JWK set (RFC 7517 §5) and returns its public keys for ES256 and
// EdDSA signatures, one to ten. Each of the others is left out, with the reason. It
// returns an error for a set with a private or a symmetric key, which should not
// have left its owner, and for a set without a usable one.
func ParseSet(text []byte) (usable []Named, left []error, err error) {
	keys, err := split(text)
	if err != nil {
		return nil, nil, err
	}
	known := map[string]int{} // thumbprints, and algorithms with kids, to the number of the key
	for i, raw := range keys {
		var k member
		name := fmt.Sprintf("key %d", i+1)
		if json.Unmarshal(raw, &k) != nil {
			left = append(left, fmt.Errorf("%s is no JSON object without duplicate names", name))
			continue
		}
		if secret := k.secret(); secret != "" {
			return nil, nil, fmt.Errorf("%s %s: give the public keys alone, and replace this one if others saw it", name, secret)
		}
		public, id, err := k.public()
		if err == nil {
			err = distinct(known, i+1, public, id)
		}
		if err != nil {
			left = append(left, fmt.Errorf("%s%s %w", name, quoted(k["kid"]), err))
			continue
		}
		usable = append(usable, Named{public, id})
	}
	if len(usable) > maxUsable {
		return nil, nil, fmt.Errorf("the set has %d usable keys, and an application at most %d", len(usable), maxUsable)
	}
	if len(usable) == 0 {
		return nil, nil, noneUsable(left)
	}
	return usable, left, nil
}

// distinct notes a key. It returns an error if an earlier one is the same, or has
// the same kid for the same algorithm, by which no one could tell them apart.
func distinct(known map[string]int, number int, public crypto.PublicKey, id string) error {
	thumbprint, err := Thumbprint(public)
	if err != nil {
		return errors.New("is not acceptable")
	}
	if earlier := known[thumbprint]; earlier > 0 {
		return fmt.Errorf("is the same as key %d", earlier)
	}
	names := []string{string(Algorithm(public)) + " " + id, string(Algorithm(public)) + " " + thumbprint}
	if earlier := known[names[0]]; earlier > 0 {
		return fmt.Errorf("has the kid of key %d", earlier)
	}
	known[thumbprint] = number
	for _, name := range names {
		known[name] = number
	}
	if id == "" {
		delete(known, names[0])
	}
	return nil
}

// noneUsable returns an error with the reasons, the first of them if there are many.
func noneUsable(left []error) error {
	if len(left) == 0 {
		return errors.New("the set has no keys")
	}
	var causes []string
	for _, err := range left[:min(len(left), maxCauses)] {
		causes = append(causes, err.Error())
	}
	if more := len(left) - maxCauses; more > 0 {
		causes = append(causes, fmt.Sprintf("and %d more", more))
	}
	return errors.New("no key of the set is usable: " + strings.Join(causes, "; "))
}

// quoted returns the kid of a key for people, if it is a short text.
func quoted(raw json.RawMessage) string {
	if id, err := kid(raw); err == nil && id != "" {
		return fmt.Sprintf(" (kid %.60q)", id)
	}
	return ""
}
