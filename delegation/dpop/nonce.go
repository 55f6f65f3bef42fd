package dpop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"
)

const (
	nonceKeySize = 32
	// nonceWindow is how long one nonce is given out. It is accepted in the window after
	// that too, and by a replica whose clock is behind by at most nonceSkew.
	nonceWindow = time.Minute
	nonceSkew   = 30 * time.Second
)

// Nonce returns the nonce that proofs should hold from now on, for the header field
// DPoP-Nonce (RFC 9449 §8). It is empty if none is demanded. It is a MAC over the time,
// cut to windows of a minute: nothing is kept of it, and every replica knows it.
func (v *Verifier) Nonce() string {
	if len(v.config.NonceKeys) == 0 {
		return ""
	}
	return nonceOf(v.config.NonceKeys[0], v.config.Now())
}

// accepts reports whether a nonce was given out in this window or the one before, or
// none is demanded.
func (v *Verifier) accepts(nonce string) bool {
	now := v.config.Now()
	for _, key := range v.config.NonceKeys {
		for _, at := range []time.Time{now, now.Add(-nonceWindow), now.Add(nonceSkew)} {
			if hmac.Equal([]byte(nonce), []byte(nonceOf(key, at))) {
				return true
			}
		}
	}
	return len(v.config.NonceKeys) == 0
}

// nonceOf returns the nonce of a key at a time, 128 bits.
func nonceOf(key []byte, at time.Time) string {
	window := at.Unix() / int64(nonceWindow/time.Second)
	mac := hmac.New(sha256.New, key)
	mac.Write(binary.BigEndian.AppendUint64([]byte("dpop nonce "), uint64(window)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
