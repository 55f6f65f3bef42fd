package assertion_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/assertion"
)

// FuzzParse looks for texts of good form that hold what no check could rely on.
func FuzzParse(f *testing.F) {
	encode := base64.RawURLEncoding.EncodeToString
	for _, header := range []string{`{"alg":"ES256"}`, `{"alg":"Ed25519","typ":"application/JWT","kid":null}`,
		`{"crit":[]}`} {
		for _, claims := range []string{`{"iss":"a","sub":"a","aud":["i"],"jti":"j","exp":1e300,"iat":1.5}`,
			`{"iss":"a","sub":"u@e.example","aud":"i","jti":"j","exp":5000000000,"nbf":-1e308,"scope":["x"]}`, `{}`} {
			f.Add(encode([]byte(header)) + "." + encode([]byte(claims)) + "." + encode([]byte("signature")))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		is := is.New(t)
		a, fault := assertion.Parse(text)
		is.True(len(a.Issuer) <= 255 && !strings.ContainsAny(a.Issuer, "\x00\r\n")) // may always be looked up
		if fault != "" {
			return
		}
		is.True(a.Issuer != "" && a.Subject != "" && a.Audience != "" && a.ID != "")
		is.True(a.Algorithm == "ES256" || a.Algorithm == "EdDSA")
		is.True(len(a.UseID()) <= 255) // what a directory keeps
		now := time.Unix(1_800_000_000, 0)
		until, fault := a.Check(now, []string{a.Audience})
		is.True(fault != "" || until.After(now) && !until.After(now.Add(assertion.Memory))) // and for how long
	})
}
