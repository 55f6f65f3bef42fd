package delegation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/internal/jwt"
	"github.com/anteroom-go/anteroom/delegation/internal/recall"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/scopes"
)

// TokenRequest is what an application sends to get a token.
type TokenRequest struct {
	// Credentials prove which application asks. They are empty with a BearerAssertion.
	Credentials
	// BearerAssertion asks by the JWT bearer grant (RFC 7523 §2.1) instead: a JWT that the application signed (iss) and
	// that names the address of the delegated user (sub). The application needs JWTBearer, or a key as package google has
	// them.
	BearerAssertion string
	// Scope is the scope parameter: the address of the delegated user, if there is one and BearerAssertion does not name
	// it, and the actions to which the token is narrowed. No action means all that the application holds and, if
	// BearerAssertion has a scope claim, that stand there.
	Scope string
	// Proof binds the token to the key that signed it (RFC 9449 §5). The zero Proof binds it to none.
	Proof dpop.Proof
}

// Token is an access token.
type Token struct {
	// Access is the signed token. It is empty in what [Authority.Explain] returns.
	Access Secret
	// ExpiresIn is its life from now, in whole seconds.
	ExpiresIn time.Duration
	// Scopes are the actions it permits: at least one.
	Scopes scopes.Set
	// ID is its jti. It is empty in what [Authority.Explain] returns.
	ID string
	// Thumbprint is that of the key to which it is bound (RFC 7638); empty for a token that any bearer may use.
	Thumbprint string
	// Application is who acts.
	Application Application
	// User is for whom, if Delegated. Its ID is empty in what [Authority.Explain] returns for a user who would be created.
	User User
	// Delegated is false for a token that acts for no user.
	Delegated bool
}

// draft is a token request on its way through the steps of [Authority.Issue]: who asks, by which words, for whom, and
// what is granted. Each step fills in more, in the order of the fields, or refuses.
type draft struct {
	app        Application
	scope      string
	claimed    string // the scope claim of a bearer assertion, which limits scope
	address    Email  // "" without a delegated user
	granted    scopes.Set
	user       User // without an id until they are created
	generation int64
	thumbprint string // of the key to which the token is bound, or ""
}

func (d draft) delegated() bool { return d.address != "" }

// Issue decides whether an application may act for the user whom it names, and signs a token for it. The application
// proves who it is by its secret, by an assertion about itself or by one that names the user. It returns a [*Refusal]
// if the answer is no.
func (a *Authority) Issue(ctx context.Context, request TokenRequest) (Token, error) {
	token, err := a.issue(recall.Begin(ctx, a.config.Memory.Begin), request)
	a.tellIssue(ctx, token, err)
	return token, err
}

func (a *Authority) issue(ctx context.Context, request TokenRequest) (Token, error) {
	proof, err := a.inspect(ctx, request)
	if err != nil {
		return Token{}, err
	}
	d, err := a.open(ctx, request)
	if err != nil {
		return Token{}, err
	}
	if err := a.config.Charge(ctx, d.app, rates.Tokens); err != nil {
		return Token{}, err
	}
	if d, err = a.decide(ctx, d); err != nil {
		return Token{}, err
	}
	if d, err = a.bind(ctx, d, proof); err != nil {
		return Token{}, err
	}
	if d, err = a.provision(ctx, d); err != nil {
		return Token{}, err
	}
	if err := a.firstUse(ctx, d); err != nil {
		return Token{}, err
	}
	return a.sign(ctx, d)
}

// Explain decides what [Authority.Issue] decides for an application that proves who it is and sends a scope parameter,
// and by the same rules. It changes nothing: it neither creates a user nor signs. It returns the token without Access,
// ID and, if the user would be created, User.ID. It returns a [*Refusal] if the answer is no, also for an unknown
// application. Words of the scope that are Google's ask for what they stand for, as in an assertion by the rules of
// package google.
func (a *Authority) Explain(ctx context.Context, clientID, scope string) (Token, error) {
	app, err := a.application(ctx, clientID, ErrInvalidClient)
	if err != nil {
		return Token{}, err
	}
	if !app.Active {
		return Token{}, app.refuse(ErrInvalidClient, ReasonApplicationDisabled)
	}
	names, others := google.Separate(scope)
	d := draft{app: app, scope: others}
	if names != "" {
		d, err = d.claim(names)
	}
	if err == nil {
		d, err = a.decide(ctx, d)
	}
	if err != nil {
		return Token{}, err
	}
	return a.token(d), nil
}

// open finds out who asks, and by which words.
func (a *Authority) open(ctx context.Context, request TokenRequest) (draft, error) {
	if request.BearerAssertion != "" {
		return a.openBearer(ctx, request)
	}
	app, err := a.authenticate(ctx, request.Credentials)
	if err != nil {
		return draft{}, err
	}
	return draft{app: app, scope: request.Scope}, nil
}

// decide finds out for whom an active application may act, and what is granted.
func (a *Authority) decide(ctx context.Context, d draft) (draft, error) {
	if d.app.Scopes.Empty() {
		return draft{}, d.app.refuse(ErrUnauthorizedClient, ReasonApplicationWithoutScope)
	}
	d, err := d.readScope()
	if err != nil {
		return draft{}, err
	}
	found, ok := recall.Try(ctx, a.quick, func(quick *Authority) (draft, error) { return quick.findUser(ctx, d) })
	if ok {
		return found, nil
	}
	return a.findUser(ctx, d)
}

// token returns the token that a draft leads to, unsigned.
func (a *Authority) token(d draft) Token {
	return Token{ExpiresIn: a.life(d.app), Scopes: d.granted, Application: d.app, User: d.user, Delegated: d.delegated()}
}

// life returns how long the tokens of an application live.
func (a *Authority) life(app Application) time.Duration {
	if app.TokenTTL == 0 {
		return a.config.TokenTTL
	}
	return min(max(app.TokenTTL, MinTokenTTL), MaxTokenTTL).Truncate(time.Second)
}

// sign turns a draft into a signed token.
func (a *Authority) sign(ctx context.Context, d draft) (Token, error) {
	keys, err := a.keySet(ctx)
	if err != nil {
		return Token{}, err
	}
	token := a.token(d)
	token.ID, token.Thumbprint = jwt.NewID(), d.thumbprint
	payload, err := json.Marshal(a.claims(token, d.generation))
	var compact string
	if err == nil {
		end := a.config.Signing(ctx)
		compact, err = keys.signer.Sign(payload)
		end(err)
	}
	if err != nil {
		return Token{}, fmt.Errorf("delegation: signing: %w", err)
	}
	token.Access = Secret(compact)
	return token, nil
}

// claims returns what stands in a token.
func (a *Authority) claims(token Token, generation int64) jwt.Claims {
	iat := a.config.Now().Unix()
	exp := iat + int64(token.ExpiresIn.Seconds())
	clientID := token.Application.ClientID
	c := jwt.Claims{
		Issuer: a.config.Issuer, Audience: a.config.Audience, Subject: clientID, ClientID: clientID,
		Scope: token.Scopes.String(), IssuedAt: &iat, Expires: &exp, ID: token.ID,
		Generation: token.Application.Generation, DelegationGeneration: generation,
	}
	if token.Thumbprint != "" {
		c.Confirmation = &jwt.Confirmation{Thumbprint: token.Thumbprint}
	}
	if token.Delegated {
		c.Subject, c.Actor = token.User.ID, &jwt.Actor{Subject: clientID}
	}
	return c
}

// tellIssue reports the outcome of a token request. A directory that is away has decided nothing.
func (a *Authority) tellIssue(ctx context.Context, token Token, err error) {
	var refusal *Refusal
	switch {
	case err == nil:
		a.tell(ctx, Event{Kind: EventTokenIssued, ClientID: token.Application.ClientID, UserID: token.User.ID,
			Scopes: token.Scopes, TokenID: token.ID})
	case errors.As(err, &refusal):
		a.tell(ctx, Event{Kind: EventTokenRefused, ClientID: refusal.ClientID, Reason: refusal.Reason})
	}
}
