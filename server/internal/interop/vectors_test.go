package interop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// keyGroup is a group of json_web_key_test.json of Project Wycheproof.
type keyGroup struct {
	Comment string          `json:"comment"`
	Public  json.RawMessage `json:"public"`
	Private struct {
		Keys []map[string]any `json:"keys"`
	} `json:"private"`
}

// keyGroups reads the groups.
func keyGroups(t *testing.T) []keyGroup {
	t.Helper()
	var vectors struct {
		Groups []keyGroup `json:"testGroups"`
	}
	readVectors(t, "json_web_key_test.json", &vectors)
	return vectors.Groups
}

// set returns the key set that an application would publish.
func (g keyGroup) set(t *testing.T) json.RawMessage {
	t.Helper()
	if g.Public != nil {
		return g.Public
	}
	for _, key := range g.Private.Keys {
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			delete(key, member)
		}
	}
	set, err := json.Marshal(g.Private)
	is.New(t).NoErr(err)
	return set
}

// TestWycheproofKeys offers the key sets of the vectors as those of an
// application. None is acceptable: they are invalid, symmetric, or for RSA, with
// which applications do not sign.
func TestWycheproofKeys(t *testing.T) {
	is := is.New(t)
	ran := 0
	for _, group := range keyGroups(t) {
		ran++
		if _, _, err := delegation.ParseKeys(group.set(t)); err == nil {
			t.Errorf("%s: accepted", group.Comment)
		}
	}
	is.True(ran >= 22) // they really ran
}

// TestRSAKeys offers the RSA keys of the vectors as signing keys of ours.
func TestRSAKeys(t *testing.T) {
	is := is.New(t)
	accepted := map[string]bool{}
	for _, group := range keyGroups(t) {
		var jwk jose.JSONWebKey
		member, err := json.Marshal(group.Private.Keys[0])
		is.NoErr(err)
		if group.Private.Keys[0]["kty"] != "RSA" || jwk.UnmarshalJSON(member) != nil {
			continue
		}
		accepted[group.Comment] = accepted[group.Comment] || acceptableKey(jwk.Public().Key) == nil
	}
	is.True(accepted["rs256"])              // a good one
	is.True(!accepted["keysize_too_small"]) // 1024 bits
	is.True(!accepted["exponentOne"])       // no signature at all
}

// The vectors of the RFCs, whose keys are not ours to choose.
const (
	// RFC 7515 appendix A.3 has a key and a JWS for ES256, A.2 for RS256.
	rfc7515ES256Key = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m` +
		`36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`
	rfc7515ES256 = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL" +
		"mNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA" +
		"pmWQxfKTUJqPP3-Kg6NU1Q"
	rfc7515RS256Key = `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qP` +
		`CJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LO` +
		`L-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5Zw` +
		`Kh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ` +
		`","e":"AQAB"}`
	rfc7515RS256 = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL" +
		"mNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7" +
		"AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWz" +
		"O75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZES" +
		"c6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlU" +
		"PQGe77Rw"
	// RFC 7638 §3.1 has the thumbprint of an RSA key.
	rfc7638Key = `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aP` +
		`FFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4Qy` +
		`Q5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr` +
		`dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw` +
		`","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`
	rfc7638Thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
	// RFC 8037 appendix A has a key, its thumbprint, and a JWS for EdDSA.
	rfc8037Key = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne` +
		`_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`
	rfc8037Thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	rfc8037           = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGc" +
		"vMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

// TestRFCVectors checks that our key ids are thumbprints, that the tests' own
// signatures are those of the RFCs, and that Verify accepts what such a key
// signs, and nothing else.
func TestRFCVectors(t *testing.T) {
	tests := map[string]struct{ jwk, jws, thumbprint string }{
		"RFC 7515 ES256": {rfc7515ES256Key, rfc7515ES256, ""},
		"RFC 7515 RS256": {rfc7515RS256Key, rfc7515RS256, ""},
		"RFC 7638":       {rfc7638Key, "", rfc7638Thumbprint},
		"RFC 8037":       {rfc8037Key, rfc8037, rfc8037Thumbprint},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			var jwk jose.JSONWebKey
			is.NoErr(jwk.UnmarshalJSON([]byte(test.jwk)))
			is.NoErr(acceptableKey(jwk.Public().Key))
			if test.thumbprint != "" {
				is.Equal(thumbprint(t, jwk.Public().Key), test.thumbprint) // our key ids are RFC 7638 thumbprints
			}
			if test.jws != "" {
				parts := strings.Split(test.jws, ".")
				is.True(verified(jwk.Public().Key, parts[0]+"."+parts[1], decode(parts[2]))) // it is the key's
			}
			if private, ok := jwk.Key.(crypto.Signer); ok {
				signsForUs(t, private)
			}
		})
	}
}

// signsForUs checks that Verify accepts what a key signs, and nothing else.
func signsForUs(t *testing.T, private crypto.Signer) {
	t.Helper()
	is := is.New(t)
	h := newHouseOf(t, private)
	good := h.forge(h.header(nil), h.claims(nil))
	dot := strings.LastIndexByte(good, '.')
	is.True(verified(private.Public(), good[:dot], decode(good[dot+1:]))) // signed as the RFC's are
	_, err := h.Verify(t.Context(), good)
	is.NoErr(err)
	for _, i := range []int{len(good) - 10, len(good) / 2} {
		changed := []byte(good)
		changed[i] ^= 1
		_, err = h.Verify(t.Context(), string(changed))
		is.True(err != nil) // and nothing else
	}
}

// verified reports whether the standard library verifies a JWS signature.
func verified(public crypto.PublicKey, text string, signature []byte) bool {
	digest := sha256.Sum256([]byte(text))
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, digest[:], r, s)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(key, []byte(text), signature)
	}
	return false
}
