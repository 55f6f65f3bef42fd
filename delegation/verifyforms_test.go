package delegation_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/matryer/is"
)

func TestVerifyRefusesForms(t *testing.T) {
	h := newHouse(t)
	good := h.forge(h.header(nil), h.claims(nil))
	parts := strings.Split(good, ".")
	signed := parts[0] + "." + parts[1]
	tests := map[string]string{
		"empty":                  "",
		"one part":               parts[0],
		"two parts":              signed,
		"an empty signature":     signed + ".",
		"an empty payload":       parts[0] + ".." + parts[2],
		"four parts":             good + ".",
		"five parts, a JWE":      good + "..",
		"a space before":         " " + good,
		"a space after":          good + " ",
		"a newline after":        good + "\n",
		"a newline inside":       good[:10] + "\n" + good[10:],
		"a carriage return":      good[:10] + "\r" + good[10:],
		"a tab in the signature": good[:len(good)-3] + "\t" + good[len(good)-3:],
		"padding":                good + "=",
		"a plus":                 signed + ".+" + parts[2][1:],
		"a slash":                signed + "./" + parts[2][1:],
		"not ASCII":              good[:10] + "é" + good[10:],
		"stray bits at the end":  signed + "." + strayBits(parts[2]),
		"JSON serialization":     fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]),
		"over 4 KiB":             h.forge(h.header(nil), h.claims(object{"x": strings.Repeat("x", 4096)})),
		"bearer inside":          "Bearer " + good,
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) { h.refused(t, token) })
	}
}

// strayBits changes the last character of 64 encoded bytes so that a lenient
// decoder gets the same bytes.
func strayBits(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last|1])
}

func TestVerifyRefusesSignatures(t *testing.T) {
	h := newHouse(t)
	signed := encode(h.header(nil)) + "." + encode(h.claims(nil))
	good := h.signature(signed)
	order := h.private.Params().N
	join := func(r, s *big.Int) string {
		return string(r.FillBytes(make([]byte, 32))) + string(s.FillBytes(make([]byte, 32)))
	}
	r, s := new(big.Int).SetBytes(good[:32]), new(big.Int).SetBytes(good[32:])
	zero, one := new(big.Int), big.NewInt(1)
	tests := map[string]string{
		"r and s zero":     join(zero, zero),
		"r zero":           join(zero, s),
		"s zero":           join(r, zero),
		"r and s one":      join(one, one),
		"r the order":      join(order, s),
		"s the order":      join(r, order),
		"all ones":         strings.Repeat("\xff", 64),
		"one byte short":   string(good[:63]),
		"one byte long":    string(good) + "\x00",
		"zeroes in front":  "\x00" + string(good[:32]) + "\x00" + string(good[32:]),
		"half":             string(good[:32]),
		"swapped":          string(good[32:]) + string(good[:32]),
		"a bit flipped":    string(good[:63]) + string(good[63]^1),
		"of another token": string(h.signature(signed + "x")),
	}
	for name, signature := range tests {
		t.Run(name, func(t *testing.T) { h.refused(t, signed+"."+encode(signature)) })
	}
}

func TestVerifyRefusesThePublicKeyAsMACKey(t *testing.T) {
	h := newHouse(t)
	der, err := x509.MarshalPKIXPublicKey(h.private.Public())
	is.New(t).NoErr(err)
	keys := map[string][]byte{
		"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"DER": der,
		"JWK": []byte(jwk(h)),
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			signed := encode(h.header(object{"alg": "HS256"})) + "." + encode(h.claims(nil))
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(signed))
			h.refused(t, signed+"."+encode(string(mac.Sum(nil))))
		})
	}
}

func TestVerifyRefusesTokensFromElsewhere(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	h.refused(t, other.token(t))                                                    // another key set
	h.refused(t, other.forge(other.header(object{"kid": h.key.ID}), h.claims(nil))) // our kid, another key
	h.refused(t, h.forge(h.header(object{"kid": other.key.ID}), h.claims(nil)))     // our key, another kid
}
