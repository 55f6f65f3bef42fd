package delegation

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// maxTokenLength is the longest token that is looked at, in bytes.
const maxTokenLength = 4096

// Verify checks a token and returns what it allows now: the token's scopes that
// its application still holds. The application and the user are looked up every
// time, so that disabling either, or moving the user's address out of the
// policy, bites on the next request. A no is a [*Refusal] of [ErrInvalidToken].
//
// The checks go beyond those of go-jose, which accepts more than we ever issue:
// the form of the text is settled before any cryptography; the header may say
// alg, kid and typ only; the key and its one algorithm are found in memory by
// kid and never taken from the token (RFC 8725 §3.1).
func (a *Authority) Verify(ctx context.Context, token string) (Grant, error) {
	c, err := a.verifyClaims(ctx, token)
	if err != nil {
		return Grant{}, err
	}
	h, err := a.holder(ctx, c)
	if err != nil {
		return Grant{}, err
	}
	grant := Grant{
		Application: h.app, Delegated: c.Actor != nil, Scopes: c.granted.Intersect(h.app.Scopes), TokenID: c.ID,
		IssuedAt: time.Unix(*c.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(*c.Expires, 0).UTC(),
	}
	if grant.User, err = h.stillAllows(c); err != nil {
		return Grant{}, concerning(h.app, err)
	}
	return grant, nil
}

// stillAllows returns the token's user, if there is one, or refuses: the
// application may no longer act, not for this user, or not by this token.
func (h holder) stillAllows(c claims) (User, error) {
	switch {
	case !h.app.Active:
		return User{}, refuse(ErrInvalidToken, ReasonApplicationDisabled)
	case h.status.Revoked:
		return User{}, refuse(ErrInvalidToken, ReasonTokenRevoked)
	case h.status.OptedOut:
		return User{}, refuse(ErrInvalidToken, ReasonUserOptedOut)
	case c.Generation != h.app.Generation || c.DelegationGeneration != h.status.Generation:
		return User{}, refuse(ErrInvalidToken, ReasonGenerationEnded)
	case c.Actor != nil:
		return delegable(h.app, h.user, h.userErr, ErrInvalidToken)
	case !h.app.Undelegated:
		return User{}, refuse(ErrInvalidToken, ReasonUndelegatedNotGranted)
	}
	return User{}, nil
}

// verifyClaims checks everything that stands in the token itself.
func (a *Authority) verifyClaims(ctx context.Context, token string) (claims, error) {
	header, err := parseHeader(token)
	if err != nil {
		return claims{}, err
	}
	keys, err := a.config.Keys.KeySet(ctx)
	if err != nil {
		return claims{}, fmt.Errorf("delegation: verifying: %w", err)
	}
	payload, err := keys.verify(header, token)
	if err != nil {
		return claims{}, err
	}
	c, err := parseClaims(payload)
	switch {
	case err != nil:
		return claims{}, err
	case c.Issuer != a.config.Issuer:
		return claims{}, refuse(ErrInvalidToken, ReasonIssuer)
	case c.Audience != a.config.Audience:
		return claims{}, refuse(ErrInvalidToken, ReasonAudience)
	}
	return c, c.inTime(a.config.Now().Unix())
}

// verify returns the payload if the key that the header names signed it.
func (s *KeySet) verify(h header, token string) ([]byte, error) {
	key, known := s.byID[h.kid]
	if !known || h.alg != string(key.Algorithm) {
		return nil, refuse(ErrInvalidToken, ReasonKeyUnknown)
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{key.Algorithm})
	if err != nil {
		return nil, refuse(ErrInvalidToken, ReasonTokenMalformed)
	}
	payload, err := signed.Verify(key.Public)
	if err != nil {
		return nil, refuse(ErrInvalidToken, ReasonSignature)
	}
	return payload, nil
}

// header is the protected header of a token.
type header struct{ alg, kid string }

// parseHeader settles the form of a token: three canonical base64url parts, and
// a header that says alg, kid and typ, each once, and nothing else. That leaves
// no room for jwk, jku, x5c, crit, b64 or zip.
func parseHeader(token string) (header, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxTokenLength || len(parts) != 3 {
		return header{}, refuse(ErrInvalidToken, ReasonTokenMalformed)
	}
	for _, part := range parts {
		if !canonicalBase64(part) {
			return header{}, refuse(ErrInvalidToken, ReasonTokenMalformed)
		}
	}
	protected, _ := base64.RawURLEncoding.DecodeString(parts[0])
	var members map[string]any
	if json.Unmarshal(protected, &members) != nil || len(members) != 3 {
		return header{}, refuse(ErrInvalidToken, ReasonTokenHeader)
	}
	alg, _ := members["alg"].(string)
	kid, _ := members["kid"].(string)
	typ, _ := members["typ"].(string)
	typ = strings.TrimPrefix(lowerASCII(typ), "application/") // RFC 9068 §4
	if alg == "" || kid == "" || typ != tokenType {
		return header{}, refuse(ErrInvalidToken, ReasonTokenHeader)
	}
	return header{alg: alg, kid: kid}, nil
}

// canonicalBase64 reports whether part is base64url as RFC 7515 §2 writes it,
// and the only way to write its bytes. The decoder alone would pass line breaks
// and stray bits at the end.
func canonicalBase64(part string) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(part)
	return part != "" && err == nil && base64.RawURLEncoding.EncodeToString(decoded) == part
}
