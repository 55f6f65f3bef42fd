package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/anteroom-go/anteroom/delegation/delegationtest"
)

// BenchmarkBound compares a list with a token that is bound to a key, and a new proof, with the same list and a token
// that any bearer may use. The clients sign their proofs in the same process.
func BenchmarkBound(b *testing.B) {
	x := newBench(b)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(b, err)
	holder := delegationtest.NewHolder(private)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {x.clientID},
		"client_secret": {string(x.secret)}, "scope": {"alice@example.com"}}
	var token struct {
		Access string `json:"access_token"`
	}
	fatal(b, json.Unmarshal(x.call("POST", x.server+"/application/token", mediaForm, form.Encode(), 200, "DPoP",
		holder.Proof("POST", apiURL+"/application/token", "", "", time.Now())), &token))
	proof := func() string { return holder.Proof("GET", apiURL+"/rooms", token.Access, "", time.Now()) }
	b.ReportAllocs()
	x.beside("plain", func() {
		proof() // the client's part of the work falls on both
		x.call("GET", x.server+"/rooms", "", "", 200)
	}, func() {
		x.call("GET", x.server+"/rooms", "", "", 200, "Authorization", "DPoP "+token.Access, "DPoP", proof())
	})
}
