package jwk_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/internal/jwk"
)

// FuzzParseSet looks for sets of which something is taken that verifies nothing, or that
// is private.
func FuzzParseSet(f *testing.F) {
	const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	f.Add(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"` + x + `","kid":"a"},{"kty":"RSA","n":"AQAB"}]}`)
	f.Add(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"` + x + `=","alg":"Ed25519","use":"sig","key_ops":["verify"]}]}`)
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"},{"kty":"oct","k":"AA"},null,1]}`)
	f.Fuzz(func(t *testing.T, text string) {
		is := is.New(t)
		usable, left, err := jwk.ParseSet([]byte(text))
		if err != nil {
			is.True(len(usable) == 0 && len(err.Error()) < 4096) // nothing is taken, and the text is bounded
			return
		}
		is.True(len(usable) > 0 && len(usable) <= 10 && len(left) <= 100)
		for _, key := range usable {
			is.True(jwk.Algorithm(key.Public) != "")
			is.True(len(key.KeyID) <= 255)
		}
		for _, cause := range left {
			is.True(strings.HasPrefix(cause.Error(), "key "))
		}
	})
}
