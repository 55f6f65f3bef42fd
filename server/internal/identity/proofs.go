package identity

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// NewProofs returns what checks proofs of possession, or nil without a memory of those
// that were used. Nonces are made of the root keys, if they are demanded.
func NewProofs(uses dpop.Uses, keys delegation.RootKeys, nonces bool, now func() time.Time) (*dpop.Verifier, error) {
	if uses == nil {
		return nil, nil
	}
	config := dpop.Config{Uses: uses, Now: now}
	if nonces && !keys.IsZero() {
		var err error
		if config.NonceKeys, err = keys.DeriveAll("dpop nonces", 32); err != nil {
			return nil, err
		}
	}
	proofs, err := dpop.New(config)
	if err != nil {
		return nil, fmt.Errorf("proofs of possession: %w", err)
	}
	return proofs, nil
}

// Algorithms returns those of the proofs that are accepted; none if no proofs are.
func (c *Callers) Algorithms() []string {
	if c.proofs == nil {
		return nil
	}
	return dpop.Algorithms()
}

// Proof returns the proof of possession beside a request, good or not. Its URL is that
// of the configuration, with the path of the request: nothing else of a request tells
// where it was sent.
func (c *Callers) Proof(r *http.Request) dpop.Proof {
	return dpop.Proof{Fields: r.Header.Values("DPoP"), Method: r.Method, URL: c.host + r.URL.EscapedPath()}
}

// Challenge returns how callers of a request authenticate.
func (c *Callers) Challenge(r *http.Request, metadataURL string) wire.Challenges {
	return wire.Challenges{MetadataURL: metadataURL, Algorithms: strings.Join(c.Algorithms(), " "), Others: c.Challenges,
		Proved: c.proofs != nil && proved(r)}
}

// OfferNonce adds the nonce that the next proof should have to the answer to a request
// with a proof, or with a token that needs one (RFC 9449 §8.2, §9).
func (c *Callers) OfferNonce(answer http.Header, r *http.Request) {
	if c.proofs == nil || len(r.Header.Values("DPoP")) == 0 && !proved(r) {
		return
	}
	if nonce := c.proofs.Nonce(); nonce != "" {
		answer.Set("DPoP-Nonce", nonce)
	}
}

// proved reports whether a request uses the scheme DPoP, whatever else is wrong with it.
func proved(r *http.Request) bool {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "DPoP")
}
