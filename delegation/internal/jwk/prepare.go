package jwk

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
)

// Prepare computes what crypto/ecdsa keeps beside a private key, which it otherwise
// does with the first signature. The first signatures of a key come side by side, and
// the race detector does not see that they wait for each other there. A key that
// cannot sign shows it when it is to.
func Prepare(signer any) {
	if private, ok := signer.(*ecdsa.PrivateKey); ok {
		digest := sha256.Sum256(nil)
		_, _ = ecdsa.SignASN1(rand.Reader, private, digest[:])
	}
}
