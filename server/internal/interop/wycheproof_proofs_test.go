package interop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/delegationtest"
	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// proofFault shows a proof with a key in its header, and returns why it is refused.
func proofFault(t *testing.T, holder *delegationtest.Holder, alg any, key json.RawMessage) dpop.Fault {
	t.Helper()
	is := is.New(t)
	proofs, err := dpop.New(dpop.Config{Uses: delegationtest.NewDirectory(delegation.NewRootKeys())})
	is.NoErr(err)
	header := holder.Header()
	header["jwk"] = key
	if alg != nil {
		header["alg"] = alg
	}
	asked := dpop.Proof{Method: "POST", URL: audience}
	asked.Fields = []string{holder.Sign(header, holder.Claims(asked.Method, asked.URL, "", "", time.Now()))}
	_, err = proofs.Check(asked, "")
	var refused *dpop.Error
	if errors.As(err, &refused) {
		return refused.Fault
	}
	is.NoErr(err)
	return ""
}

// TestWycheproofKeysInProofs embeds the keys of Project Wycheproof in proofs: a public key of ours that signs is
// accepted, and every other one is refused, private and symmetric ones and points off the curve among them.
func TestWycheproofKeysInProofs(t *testing.T) {
	is := is.New(t)
	var signatures struct {
		Groups []signatureGroup `json:"testGroups"`
	}
	readVectors(t, "json_web_signature_test.json", &signatures)
	accepted, refused := 0, 0
	stranger := delegationtest.NewHolder(newPrivateKey(t))
	for _, group := range signatures.Groups {
		for _, key := range []json.RawMessage{group.Public, group.Private} {
			if len(key) > 0 {
				is.True(proofFault(t, stranger, nil, key) != "") // it did not sign
				refused++
			}
		}
		private, ours := ourKey(group)
		if _, err := dpopAlgorithm(private); !ours || err != nil {
			continue
		}
		holder := delegationtest.NewHolder(private)
		is.Equal(proofFault(t, holder, nil, group.Public), dpop.Fault(""))
		is.Equal(proofFault(t, holder, nil, group.Private), dpop.Key) // RFC 9449 §4.3: no private key
		accepted++
	}
	var points struct {
		Groups []struct {
			Tests []struct {
				Public json.RawMessage `json:"public"`
				Result string          `json:"result"`
			} `json:"tests"`
		} `json:"testGroups"`
	}
	readVectors(t, "ecdh_secp256r1_webcrypto_test.json", &points)
	off := 0
	for _, group := range points.Groups {
		for _, test := range group.Tests {
			switch fault := proofFault(t, stranger, nil, test.Public); {
			case fault == dpop.Key:
				off++
			default:
				is.Equal(fault, dpop.Signature) // a point of the curve, which signed nothing
				is.True(test.Result != "invalid")
			}
			refused++
		}
	}
	t.Logf("%d accepted, %d refused, %d of them no points", accepted, refused, off)
	is.True(accepted >= 2 && refused >= 100 && off >= 5) // they really ran
}

// dpopAlgorithm returns an error for a key of another kind than proofs are signed with.
func dpopAlgorithm(private crypto.Signer) (string, error) {
	switch private.(type) {
	case *ecdsa.PrivateKey:
		return "ES256", nil
	case ed25519.PrivateKey:
		return "EdDSA", nil
	}
	return "", errors.New("another kind of key")
}

func newPrivateKey(t *testing.T) *ecdsa.PrivateKey {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	is.New(t).NoErr(err)
	return private
}
