package dpop_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// mustAccept uses a proof up.
func (d *door) mustAccept(proof string) {
	asked := dpop.Proof{Fields: []string{proof}, Method: "POST", URL: address}
	if err := d.Verify(context.Background(), asked, token, d.Thumbprint()); err != nil {
		panic(err)
	}
}

// TestLenientProofs: what neither changes the meaning of a proof nor could fool a check is accepted.
func TestLenientProofs(t *testing.T) {
	d := newDoor(t)
	at := d.now.Unix()
	tests := map[string]string{
		"as it is":                  d.proof(),
		"unknown members":           d.Sign(d.header(object{"tx_id": 1, "kid": 7, "x5c": []string{"x"}}), d.claims(nil)),
		"unknown claims":            d.Sign(d.header(nil), d.claims(object{"tx": object{"a": 1}})),
		"exp and nbf that disagree": d.Sign(d.header(nil), d.claims(object{"exp": at - 3600, "nbf": at + 3600})),
		"exp and nbf of any type":   d.Sign(d.header(nil), d.claims(object{"exp": "soon", "nbf": []int{}})),
		"a media type":              d.Sign(d.header(object{"typ": "application/dpop+jwt"}), d.claims(nil)),
		"a media type in capitals":  d.Sign(d.header(object{"typ": "DPoP+JWT"}), d.claims(nil)),
		"ten seconds ahead":         d.Sign(d.header(nil), d.claims(object{"iat": at + 10})),
		"ten seconds behind":        d.Sign(d.header(nil), d.claims(object{"iat": at - 10})),
		"a minute ahead":            d.Sign(d.header(nil), d.claims(object{"iat": at + 60})),
		"a minute behind":           d.Sign(d.header(nil), d.claims(object{"iat": at - 60})),
		"a fraction of a second":    d.Sign(d.header(nil), d.claims(object{"iat": float64(at) + 0.25})),
		"a nonce that is not asked": d.Sign(d.header(nil), d.claims(object{"nonce": "x"})),
		"a long jti":                d.Sign(d.header(nil), d.claims(object{"jti": longID})),
	}
	for name, url := range map[string]string{
		"a query and a fragment": address + "?page=2#top",
		"capitals":               "HTTPS://MEET.example.ORG/external-api/v1.0/rooms/",
		"the usual port":         "https://meet.example.org:443/external-api/v1.0/rooms/",
		"an empty port":          "https://meet.example.org:/external-api/v1.0/rooms/",
		"an escaped letter":      "https://meet.example.org/external%2dapi/v1.0/%72ooms/",
		"dots":                   "https://meet.example.org/external-api/./v2/../v1.0/rooms/x/..",
	} {
		tests[name] = d.Sign(d.header(nil), d.claims(object{"htu": url}))
	}
	for name, proof := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.NoErr(d.verify(t, proof))
			is.Equal(fault(t, d.verify(t, proof)), dpop.Used) // and once
		})
	}
}

const longID = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

// TestURLs compares by the rules of RFC 3986 whatever is configured.
func TestURLs(t *testing.T) {
	d := newDoor(t)
	for configured, claimed := range map[string]string{
		"https://MEET.example.org:443/a%2fb": "https://meet.example.org/a%2Fb",
		"http://localhost:80":                "http://localhost/",
		"http://[2001:DB8::1]:8080/x":        "http://[2001:db8::1]:8080/x?y",
		"https://meet.example.org/%7euser/":  "https://meet.example.org/~user/",
	} {
		is := is.New(t)
		proof := d.Sign(d.header(nil), d.claims(object{"htu": claimed}))
		is.NoErr(d.Verify(t.Context(), dpop.Proof{Fields: []string{proof}, Method: "POST", URL: configured}, token,
			d.Thumbprint()))
	}
	_, err := d.Check(dpop.Proof{Fields: []string{d.proof()}, Method: "POST"}, token)
	is.New(t).Equal(fault(t, err), dpop.URL) // no URL is not any
}

// TestWithoutAToken: where a token is asked for there is no hash of one, and Verify never goes without.
func TestWithoutAToken(t *testing.T) {
	is := is.New(t)
	d := newDoor(t)
	proof := d.Sign(d.header(nil), d.claims(object{"ath": nil}))
	asked := dpop.Proof{Fields: []string{proof}, Method: "POST", URL: address}
	checked, err := d.Check(asked, "")
	is.NoErr(err)
	is.Equal(checked.Thumbprint, d.Thumbprint())
	is.NoErr(d.Use(t.Context(), checked))
	is.Equal(fault(t, d.Use(t.Context(), checked)), dpop.Used)
	is.Equal(fault(t, d.Verify(t.Context(), asked, "", d.Thumbprint())), dpop.Ath)
	asked.Fields[0] = d.proof()
	is.Equal(fault(t, d.Verify(t.Context(), asked, token, "")), dpop.OtherKey) // a token that is bound to no key
}

// TestNonces follows nonces over their rotation, with and without another root key.
func TestNonces(t *testing.T) {
	is := is.New(t)
	key, former := []byte("0123456789abcdef0123456789abcdef"), []byte("fedcba9876543210fedcba9876543210")
	d := newDoor(t, key, former)
	with := func(nonce string) string { return d.Sign(d.header(nil), d.claims(object{"nonce": nonce})) }
	first := d.Nonce()
	is.Equal(len(first), 22)
	is.NoErr(d.verify(t, with(first)))
	for _, nonce := range []string{"", "x", first[1:], first + "A"} {
		err := d.verify(t, with(nonce))
		is.Equal(fault(t, err), dpop.Nonce)
		is.True(errors.Is(err, dpop.ErrNonce))
	}
	is.Equal(fault(t, d.verify(t, d.Sign(d.header(nil), d.claims(object{"nonce": nil, "iat": 1})))), dpop.Stale)
	d.now = d.now.Add(time.Minute)
	is.True(d.Nonce() != first)        // it rotates
	is.NoErr(d.verify(t, with(first))) // and is good in the window after its own
	is.NoErr(d.verify(t, with(d.Nonce())))
	d.now = d.now.Add(time.Minute)
	is.Equal(fault(t, d.verify(t, with(first))), dpop.Nonce) // and no longer

	behind := newDoor(t, former) // a replica under the former root key, whose clock is behind
	behind.now = d.now.Add(30 * time.Second)
	is.NoErr(d.verify(t, with(behind.Nonce())))
	behind.now = d.now.Add(3 * time.Minute)
	is.Equal(fault(t, d.verify(t, with(behind.Nonce()))), dpop.Nonce)
	is.Equal(newDoor(t).Nonce(), "") // none is given out where none is demanded
}

// TestAtOnce: of one proof shown many times at once, one is the winner.
func TestAtOnce(t *testing.T) {
	is := is.New(t)
	d := newDoor(t)
	proof := d.proof()
	errs := make([]error, 16)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = d.verify(t, proof) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	is.Equal(won, 1)
}

// TestRefusedProofsAreNotUsedUp: the use is noted last.
func TestRefusedProofsAreNotUsedUp(t *testing.T) {
	is := is.New(t)
	d := newDoor(t)
	proof := d.proof()
	other := dpop.Proof{Fields: []string{proof}, Method: "GET", URL: address}
	is.Equal(fault(t, d.Verify(t.Context(), other, token, d.Thumbprint())), dpop.Method)
	other.Method = "POST"
	is.Equal(fault(t, d.Verify(t.Context(), other, token, onEd25519(t).Thumbprint())), dpop.OtherKey)
	is.NoErr(d.verify(t, proof))
}

// away is a memory that cannot be asked.
type away struct{}

var errAway = errors.New("away")

func (away) UseProof(context.Context, string, time.Time) error { return errAway }

func TestNew(t *testing.T) {
	is := is.New(t)
	_, err := dpop.New(dpop.Config{})
	is.True(err != nil) // without a memory every proof could be used again
	_, err = dpop.New(dpop.Config{Uses: away{}, NonceKeys: [][]byte{make([]byte, 31)}})
	is.True(err != nil)
	v, err := dpop.New(dpop.Config{Uses: away{}})
	is.NoErr(err)
	holder := onEd25519(t)
	proof := holder.Proof("GET", address, token, "", time.Now())
	asked := dpop.Proof{Fields: []string{proof}, Method: "GET", URL: address}
	err = v.Verify(t.Context(), asked, token, holder.Thumbprint())
	is.True(errors.Is(err, errAway)) // which is no fault of the proof
	is.True(!errors.Is(err, dpop.ErrInvalid))
}

// FuzzVerify shows any proof: what is accepted is what the holder signed for the request.
func FuzzVerify(f *testing.F) {
	d := newDoor(f)
	f.Add(text(d.header(nil)), text(d.claims(nil)))
	f.Add(text(d.header(object{"alg": "EdDSA"})), text(d.claims(object{"htu": "https://meet.example.org/%2"})))
	f.Fuzz(func(t *testing.T, header, payload string) {
		err := d.verify(t, d.SignText(header, payload))
		if err != nil && !errors.Is(err, dpop.ErrInvalid) && !errors.Is(err, dpop.ErrNonce) {
			t.Fatal(err)
		}
		if d.verify(t, header+"."+payload) == nil { // any text at all
			t.Fatal("accepted without a signature")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	d := newDoor(b)
	proof := dpop.Proof{Fields: []string{d.proof()}, Method: "POST", URL: address}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Check(proof, token); err != nil {
			b.Fatal(err)
		}
	}
}

var _ dpop.Uses = (*delegationtest.Directory)(nil)
