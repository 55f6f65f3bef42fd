package delegation

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"
)

// keyVectors is json_web_key_test.json of Project Wycheproof.
type keyVectors struct {
	Groups []struct {
		Comment string          `json:"comment"`
		Public  json.RawMessage `json:"public"`
		Private struct {
			Keys []map[string]any `json:"keys"`
		} `json:"private"`
		Tests []struct {
			ID      int    `json:"tcId"`
			Comment string `json:"comment"`
			JWS     string `json:"jws"`
			Result  string `json:"result"`
		} `json:"tests"`
	} `json:"testGroups"`
}

// TestWycheproofKeys offers the key sets of the vectors as those of an
// application: what is invalid must not verify.
func TestWycheproofKeys(t *testing.T) {
	is := is.New(t)
	text, err := fs.ReadFile(wycheproof.TestVectors, "json_web_key_test.json")
	is.NoErr(err)
	var vectors keyVectors
	is.NoErr(json.Unmarshal(text, &vectors))
	ran := 0
	for _, group := range vectors.Groups {
		public := group.Public
		if public == nil {
			for _, key := range group.Private.Keys {
				for _, member := range []string{"d", "p", "q", "dp", "dq", "qi"} {
					delete(key, member)
				}
			}
			public, err = json.Marshal(group.Private)
			is.NoErr(err)
		}
		for _, test := range group.Tests {
			ran++
			if accepted := verifies(public, test.JWS); accepted != (test.Result == "valid" && !exceptKey(test.ID)) {
				t.Errorf("%d %s, %s: accepted is %t", test.ID, group.Comment, test.Comment, accepted)
			}
		}
	}
	is.True(ran >= 26) // they really ran
}

// exceptKey reports whether a valid vector is refused all the same.
func exceptKey(id int) bool {
	switch id {
	case 2, 13, 14, 15: // symmetric keys: an application has none
		return true
	case 5: // RSA: applications sign with ES256 or EdDSA
		return true
	}
	return false
}

// verifies reports whether the key set is acceptable and one of its keys signed.
func verifies(set json.RawMessage, jws string) bool {
	keys, err := ParseKeys(set)
	if err != nil {
		return false
	}
	byID := map[string]Key{}
	for _, key := range keys {
		byID[key.Name] = key
	}
	return (&KeySet{byID: byID}).signed(jws)
}

// TestRSAKeys sees to the vectors' RSA keys as signing keys of ours.
func TestRSAKeys(t *testing.T) {
	is := is.New(t)
	text, err := fs.ReadFile(wycheproof.TestVectors, "json_web_key_test.json")
	is.NoErr(err)
	var vectors keyVectors
	is.NoErr(json.Unmarshal(text, &vectors))
	accepted := map[string]bool{}
	for _, group := range vectors.Groups {
		var jwk jose.JSONWebKey
		member, err := json.Marshal(group.Private.Keys[0])
		is.NoErr(err)
		if group.Private.Keys[0]["kty"] != "RSA" || jwk.UnmarshalJSON(member) != nil {
			continue
		}
		_, err = NewKey(jwk.Public().Key)
		accepted[group.Comment] = accepted[group.Comment] || err == nil
	}
	is.True(accepted["rs256"])              // a good one
	is.True(!accepted["keysize_too_small"]) // 1024 bits
	is.True(!accepted["exponentOne"])       // no signature at all
}

// The vectors of the RFCs, whose keys are not ours to choose.
const (
	// RFC 7515 appendix A.3: a key and a JWS for ES256; A.2: RS256.
	rfc7515ES256Key = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	rfc7515ES256    = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	rfc7515RS256Key = `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`
	rfc7515RS256    = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	// RFC 7638 §3.1: the thumbprint of an RSA key.
	rfc7638Key        = `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`
	rfc7638Thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
	// RFC 8037 appendix A: a key, its thumbprint, and a JWS for EdDSA.
	rfc8037Key        = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	rfc8037Thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	rfc8037           = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

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
			key, err := NewKey(jwk.Key)
			is.NoErr(err)
			if test.thumbprint != "" {
				is.Equal(key.ID, test.thumbprint) // our key ids are RFC 7638 thumbprints
			}
			if test.jws == "" {
				return
			}
			set := &KeySet{byID: map[string]Key{"": key}} // the vectors have no kid
			is.True(set.signed(test.jws))
			for _, i := range []int{len(test.jws) - 10, len(test.jws) / 2} {
				changed := []byte(test.jws)
				changed[i] ^= 1
				is.True(!set.signed(string(changed))) // and nothing else
			}
		})
	}
}
