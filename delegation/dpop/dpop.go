package dpop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// Window is how far the iat of a proof may lie behind or ahead.
const Window = time.Minute

// memory is how much longer the use of a proof is remembered than it is good here: the
// clock of another replica may be behind.
const memory = 30 * time.Second

// The errors of a proof, which are error codes of RFC 9449 §12.2.
var (
	ErrInvalid = errors.New("dpop: invalid proof")      // invalid_dpop_proof
	ErrNonce   = errors.New("dpop: a nonce is missing") // use_dpop_nonce
)

// ErrUsed is what [Uses] returns for a proof that was used before.
var ErrUsed = errors.New("dpop: proof used before")

// Proof is what came with a request, and the request that it must be for. The zero
// Proof means that none came.
type Proof struct {
	// Fields are the values of the DPoP header fields, one for each. More than one is
	// refused.
	Fields []string
	// Method is the method of the request.
	Method string
	// URL is where the request was sent. Its scheme and host are those of the
	// configuration, never those of a Host header field. Query and fragment do not count.
	URL string
}

// Sent reports whether there is a proof, good or not.
func (p Proof) Sent() bool { return len(p.Fields) > 0 }

// Uses notes which proofs were used. Implementations are safe for concurrent use. The
// conformance suite is delegationtest.Proofs.
type Uses interface {
	// UseProof notes that the proof with this id, which is never longer than 64 bytes of
	// ASCII, was used. Of several calls with one id, at once or not, on whichever replica,
	// one succeeds; the others return ErrUsed. It may be forgotten after until.
	UseProof(ctx context.Context, proofID string, until time.Time) error
}

// Config configures a [Verifier].
type Config struct {
	// Uses notes which proofs were used. Required.
	Uses Uses
	// NonceKeys are secrets of 32 bytes that all replicas share: the first one makes the
	// nonces that proofs must hold, and all of them recognise those. None means that no
	// nonce is demanded.
	NonceKeys [][]byte
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Verifier checks proofs. Make it with [New].
type Verifier struct{ config Config }

// New returns a Verifier. It returns an error without Uses, and for a key of another
// length.
func New(config Config) (*Verifier, error) {
	if config.Uses == nil {
		return nil, errors.New("dpop: Uses is required")
	}
	for _, key := range config.NonceKeys {
		if len(key) != nonceKeySize {
			return nil, fmt.Errorf("dpop: NonceKeys have one of %d bytes, and need %d", len(key), nonceKeySize)
		}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Verifier{config: config}, nil
}

// Checked is a proof in which no fault was found. It is good once [Verifier.Use] has
// returned nil.
type Checked struct {
	// Thumbprint is that of the key that signed it (RFC 7638), as cnf.jkt has it.
	Thumbprint string
	id         string
	until      time.Time
}

// Verify returns nil if a proof shows that the request was sent by the holder of the
// key with the thumbprint, to which the access token is bound (cnf.jkt), and notes the
// use of the proof. It returns a [*Error] if it does not, and the error of [Uses] if
// that could not be asked.
func (v *Verifier) Verify(ctx context.Context, proof Proof, accessToken, thumbprint string) error {
	if accessToken == "" {
		return refuse(Ath)
	}
	checked, err := v.Check(proof, accessToken)
	if err != nil {
		return err
	}
	if checked.Thumbprint != thumbprint {
		return refuse(OtherKey)
	}
	return v.Use(ctx, checked)
}

// Check decides everything about a proof but whether it was used before, and asks
// nothing. The access token is the one beside it, or empty where one is asked for. It
// returns a [*Error] for a proof that is not good.
func (v *Verifier) Check(proof Proof, accessToken string) (Checked, error) {
	switch len(proof.Fields) {
	case 0:
		return Checked{}, refuse(Missing)
	case 1:
	default:
		return Checked{}, refuse(Repeated)
	}
	read, fault := parse(proof.Fields[0])
	if fault == "" {
		fault = read.fault(proof, accessToken, v.config.Now())
	}
	if fault != "" {
		return Checked{}, refuse(fault)
	}
	if !v.accepts(read.nonce) {
		return Checked{}, &Error{Err: ErrNonce, Fault: Nonce}
	}
	thumbprint, err := read.thumbprint()
	if err != nil {
		return Checked{}, refuse(Key)
	}
	sum := sha256.Sum256([]byte(thumbprint + "." + read.id))
	return Checked{
		Thumbprint: thumbprint, id: base64.RawURLEncoding.EncodeToString(sum[:]),
		until: time.Unix(int64(read.issued), 0).UTC().Add(Window + memory),
	}, nil
}

// Use notes the use of a proof. It returns a [*Error] if it was used before.
func (v *Verifier) Use(ctx context.Context, checked Checked) error {
	err := v.config.Uses.UseProof(ctx, checked.id, checked.until)
	if errors.Is(err, ErrUsed) {
		return refuse(Used)
	}
	if err != nil {
		return fmt.Errorf("dpop: noting a proof: %w", err)
	}
	return nil
}
