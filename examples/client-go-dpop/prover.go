package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// prover adds a proof of possession to every request. It is safe for concurrent use.
type prover struct {
	key  *ecdsa.PrivateKey // P-256
	base http.RoundTripper

	mu    sync.Mutex
	nonce string // of the one server that it talks to
}

// RoundTrip implements [http.RoundTripper]. If the server demands a nonce, the request is
// sent once more, with the one that the server gave.
func (p *prover) RoundTrip(r *http.Request) (*http.Response, error) {
	used := p.known()
	response, err := p.send(r, used)
	if err != nil {
		return nil, err
	}
	if next := p.known(); next == used || !demandsNonce(response) {
		return response, nil
	}
	response.Body.Close()
	if r.Body != nil && r.Body != http.NoBody {
		if r.GetBody == nil {
			return nil, errors.New("the body cannot be sent again")
		}
		again := r.Clone(r.Context())
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
		r = again
	}
	return p.send(r, p.known())
}

// send sends a request with a proof, and keeps the nonce of the answer.
func (p *prover) send(r *http.Request, nonce string) (*http.Response, error) {
	proof, err := p.proof(r, nonce)
	if err != nil {
		return nil, err
	}
	proved := r.Clone(r.Context())
	proved.Header.Set("DPoP", proof)
	response, err := p.base.RoundTrip(proved)
	if err == nil && response.Header.Get("DPoP-Nonce") != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.nonce = response.Header.Get("DPoP-Nonce")
	}
	return response, err
}

func (p *prover) known() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nonce
}

// proof returns one for a request (RFC 9449 §4.2), and for the access token that it
// carries, if it does.
func (p *prover) proof(r *http.Request, nonce string) (string, error) {
	target := *r.URL
	target.RawQuery, target.Fragment = "", ""
	claims := map[string]any{"jti": rand.Text(), "htm": r.Method, "htu": target.String(), "iat": time.Now().Unix()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if token, bound := strings.CutPrefix(r.Header.Get("Authorization"), "DPoP "); bound {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return p.sign(claims)
}

func (p *prover) sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.key}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// demandsNonce reports whether an answer refuses a request for the lack of a nonce: in
// the body at the token endpoint, in the challenge at the API. The body is kept.
func demandsNonce(response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusUnauthorized:
		return strings.Contains(response.Header.Get("WWW-Authenticate"), `error="use_dpop_nonce"`)
	case http.StatusBadRequest:
		body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		response.Body.Close()
		response.Body = io.NopCloser(bytes.NewReader(body))
		var refusal struct{ Error string }
		return err == nil && json.Unmarshal(body, &refusal) == nil && refusal.Error == "use_dpop_nonce"
	}
	return false
}
