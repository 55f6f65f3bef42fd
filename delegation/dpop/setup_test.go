package dpop_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
)

const (
	address = "https://meet.example.org/external-api/v1.0/rooms/"
	token   = "an.access.token"
)

// object is a JSON object.
type object = map[string]any

// door is a verifier with a clock that is set by hand, and a holder of a key.
type door struct {
	*dpop.Verifier
	*delegationtest.Holder
	private *ecdsa.PrivateKey
	now     time.Time
}

func newDoor(t testing.TB, nonceKeys ...[]byte) *door {
	is := is.New(t)
	d := &door{now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	var err error
	d.Verifier, err = dpop.New(dpop.Config{Uses: delegationtest.NewDirectory(delegation.NewRootKeys()),
		NonceKeys: nonceKeys, Now: func() time.Time { return d.now }})
	is.NoErr(err)
	d.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.NoErr(err)
	d.Holder = delegationtest.NewHolder(d.private)
	return d
}

// claims are those of a good proof, with changes; nil removes one.
func (d *door) claims(changes object) object {
	return changed(d.Claims("POST", address, token, d.Nonce(), d.now), changes)
}

// header is that of a good proof, with changes.
func (d *door) header(changes object) object { return changed(d.Header(), changes) }

func changed(values, changes object) object {
	for name, value := range changes {
		if value == nil {
			delete(values, name)
			continue
		}
		values[name] = value
	}
	return values
}

// proof returns a good proof.
func (d *door) proof() string { return d.Sign(d.header(nil), d.claims(nil)) }

// verify shows proofs for the request that a good one is for.
func (d *door) verify(t testing.TB, fields ...string) error {
	t.Helper()
	return d.Verify(t.Context(), dpop.Proof{Fields: fields, Method: "POST", URL: address}, token, d.Thumbprint())
}

// fault returns why a proof is refused, or "".
func fault(t testing.TB, err error) dpop.Fault {
	t.Helper()
	if err == nil {
		return ""
	}
	var refused *dpop.Error
	is.New(t).True(errors.As(err, &refused)) // a proof is refused, and nothing else goes wrong
	return refused.Fault
}

func onEd25519(t testing.TB) *delegationtest.Holder {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	is.New(t).NoErr(err)
	return delegationtest.NewHolder(private)
}
