package server_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

// TestSecretsOfOtherProducts: a secret that another product made may hold what
// form-encoding changes, and clients may or may not encode it.
func TestSecretsOfOtherProducts(t *testing.T) {
	a := onSQLite(t)
	for _, secret := range []string{"plain", "a+b", "100%", "a%2Bb", "%zz", "a b", "%41", "sl/ash==", "pass:word+%"} {
		t.Run(secret, func(t *testing.T) {
			is := is.New(t)
			id := "app+" + secret[:1] + url.PathEscape(base64.RawURLEncoding.EncodeToString([]byte(secret)))
			send := func(id, secret string) reply {
				return a.send("POST", "/application/token/", bareForm, formType,
					"Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret)))
			}
			a.importApp(id, secret)
			is.Equal(send(id, secret).StatusCode, 200) // raw
			is.Equal(send(url.QueryEscape(id), url.QueryEscape(secret)).StatusCode, 200)
			is.Equal(send(id, secret).StatusCode, 200)                                            // once it is renewed as well
			refusal(t, a.ask(id, delegation.Secret(secret), "a@b.example"), 400, "invalid_scope") // in the body
			is.Equal(send(id, secret+"x").StatusCode, 401)
			is.Equal(send(id, secret+"+%").StatusCode, 401)
		})
	}
}

// TestFailuresOfTwoReadingsCountOnce: a wrong secret that can be read in two ways is
// one failed attempt.
func TestFailuresOfTwoReadingsCountOnce(t *testing.T) {
	is := is.New(t)
	attempts := func(secret string) (n int) {
		a := onSQLite(t)
		header := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(a.clientID+":"+secret))
		for n = 0; n < 1000; n++ {
			r := a.send("POST", "/application/token/", bareForm, formType, header)
			if r.StatusCode == 429 {
				break
			}
			refusal(t, r, 401, "invalid_client")
		}
		is.Equal(strings.Count(a.log.String(), `"event":"token.refused"`), n+1) // one decision each
		return n
	}
	is.Equal(attempts("a+b"), attempts("ab"))
}
