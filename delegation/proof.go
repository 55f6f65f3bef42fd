package delegation

import (
	"context"
	"errors"

	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// check checks a proof, but not whether it was used before.
func (a *Authority) check(proof dpop.Proof, token string) (dpop.Checked, error) {
	if a.config.Proofs == nil {
		return dpop.Checked{}, refuse(dpop.ErrInvalid, ReasonProofsImpossible)
	}
	checked, err := a.config.Proofs.Check(proof, token)
	return checked, Application{}.refuseProof(err)
}

// refuseProof returns the refusal of a proof, or err if it is none.
func (app Application) refuseProof(err error) error {
	var fault *dpop.Error
	if errors.As(err, &fault) {
		return app.refuse(fault.Err, Reason(fault.Fault))
	}
	return err
}

// inspect checks the proof beside a token request, before any assertion is used up: a client that has to send
// another proof may do so with the same one. Whether a proof is needed is decided when it is known who asks.
func (a *Authority) inspect(ctx context.Context, request TokenRequest) (dpop.Checked, error) {
	if !request.Proof.Sent() {
		return dpop.Checked{}, nil
	}
	checked, err := a.check(request.Proof, "")
	var refusal *Refusal
	if errors.As(err, &refusal) {
		claimed := request.Credentials
		claimed.Assertion += request.BearerAssertion // there is one of them
		app, _ := a.application(ctx, claimed.ClaimedID(), ErrInvalidClient)
		refusal.ClientID = app.ClientID
	}
	return checked, err
}

// bind binds the token of a draft to the key of a proof, whose use it notes after every decision.
func (a *Authority) bind(ctx context.Context, d draft, proof dpop.Checked) (draft, error) {
	if d.thumbprint = proof.Thumbprint; d.thumbprint != "" {
		return d, d.app.refuseProof(a.config.Proofs.Use(ctx, proof))
	}
	if a.demandsProof(d.app) {
		return draft{}, d.app.refuse(dpop.ErrInvalid, Reason(dpop.Missing))
	}
	return d, nil
}

// demandsProof reports whether no token of an application is good without a proof.
func (a *Authority) demandsProof(app Application) bool { return app.DPoP || a.config.DPoPRequired }

// Verify checks the token of a request, which is good for whoever bears it, and returns what it allows now. It
// refuses a token that is bound to a key. The rules are those of [Authority.Examine].
func (a *Authority) Verify(ctx context.Context, token string) (Grant, error) {
	grant, err := a.Examine(ctx, token)
	if err == nil && grant.Thumbprint != "" {
		err = grant.Application.refuse(ErrInvalidToken, ReasonTokenBound)
	}
	if err != nil {
		return Grant{}, err
	}
	return grant, nil
}

// VerifyProved checks the token of a request that is bound to a key, and the proof beside it that the sender
// holds the key (RFC 9449 §7.1), and returns what the token allows now. It refuses a token that is bound to no
// key. The rules are those of [Authority.Examine]; a [*Refusal] may also be one of [dpop.ErrInvalid] and
// [dpop.ErrNonce]. The use of the proof is noted last.
func (a *Authority) VerifyProved(ctx context.Context, token string, proof dpop.Proof) (Grant, error) {
	checked, err := a.check(proof, token)
	if err != nil {
		return Grant{}, err
	}
	grant, err := a.Examine(ctx, token)
	switch {
	case err != nil:
		return Grant{}, err
	case grant.Thumbprint == "":
		return Grant{}, grant.Application.refuse(ErrInvalidToken, ReasonTokenUnbound)
	case grant.Thumbprint != checked.Thumbprint:
		return Grant{}, grant.Application.refuse(ErrInvalidToken, Reason(dpop.OtherKey))
	}
	if err := a.config.Proofs.Use(ctx, checked); err != nil {
		return Grant{}, grant.Application.refuseProof(err)
	}
	return grant, nil
}
