package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/printing"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type tokenCommands struct {
	Inspect tokenInspect `cmd:"" help:"Print what a token allows now, or why it is refused; exits with 1 if it is."`
	Revoke  tokenRevoke  `cmd:"" help:"End a token before it expires."`
}

// oneToken is a command about one token. It may come from standard input, since
// arguments can be seen by other users of the machine.
type oneToken struct {
	databaseFlag
	rootKeyFlag
	URL   string `name:"url" help:"Public base URL of the server that issued the token. Required." placeholder:"URL" envar:"ANTEROOM_URL"`
	Token string `arg:"" help:"The token, or - to read it from standard input."`
	printing.Output
}

// withAuthority opens an authority like the server's, as far as tokens go.
func (t oneToken) withAuthority(ctx context.Context, c *console, use func(authority *delegation.Authority,
	token string) error) error {
	if t.URL == "" {
		return usage.Errorf("--url (ANTEROOM_URL) is required")
	}
	token, err := t.read(c)
	if err != nil {
		return err
	}
	root, err := t.require(c)
	if err != nil {
		return err
	}
	return t.withRegistry(ctx, root, func(reg *registry.Registry) error {
		config := c.directories(reg)
		if config.Keys = c.host.Keys; config.Keys == nil {
			keys, err := reg.OpenKeys(ctx)
			if err != nil {
				return err
			}
			config.Keys = keys
		}
		config.Issuer, config.RootKeys = strings.TrimRight(t.URL, "/"), root
		config.Audience = config.Issuer + "/external-api"
		authority, err := delegation.New(config)
		if err != nil {
			return err
		}
		return use(authority, token)
	})
}

func (t oneToken) read(c *console) (string, error) {
	if t.Token != "-" {
		return t.Token, nil
	}
	text, err := io.ReadAll(io.LimitReader(c.stdin, 64<<10))
	return strings.TrimSpace(string(text)), err
}

// tokenView is a token in JSON.
type tokenView struct {
	Active    bool       `json:"active"`
	Reason    string     `json:"reason,omitempty"`
	ClientID  string     `json:"client_id,omitempty"`
	UserID    string     `json:"user_id,omitempty"`
	Scopes    []string   `json:"scopes"`
	TokenID   string     `json:"jti,omitempty"`
	IssuedAt  *time.Time `json:"issued_at,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

type tokenInspect struct{ oneToken }

// Run prints what a token allows now.
func (t *tokenInspect) Run(ctx context.Context, c *console) error {
	return t.withAuthority(ctx, c, func(authority *delegation.Authority, token string) error {
		grant, err := authority.Examine(ctx, token)
		var refusal *delegation.Refusal
		if err != nil && !errors.As(err, &refusal) {
			return err
		}
		view := tokenView{Scopes: []string{}}
		if refusal != nil {
			view.Reason, view.ClientID = string(refusal.Reason), refusal.ClientID
		} else {
			view = tokenView{Active: true, ClientID: grant.Application.ClientID, UserID: grant.User.ID,
				Scopes:  printing.Texts(grant.Scopes.List()),
				TokenID: grant.TokenID, IssuedAt: printing.Given(grant.IssuedAt), ExpiresAt: printing.Given(grant.ExpiresAt)}
		}
		return answered(view.Active, t.Print(c.stdout, view, view.lines))
	})
}

// lines writes the token for people.
func (v tokenView) lines(w io.Writer) {
	fmt.Fprintf(w, "active\t%s\n", printing.Yes(v.Active))
	if !v.Active {
		fmt.Fprintf(w, "why not\t%s\nrule\t%s\n", delegation.Reason(v.Reason).Text(), v.Reason)
		return
	}
	fmt.Fprintf(w, "application\t%s\nuser\t%s\nscopes\t%s\nid\t%s\nissued\t%s\nexpires\t%s\n", v.ClientID, v.UserID,
		strings.Join(v.Scopes, " "), v.TokenID, v.IssuedAt.Format(time.RFC3339), v.ExpiresAt.Format(time.RFC3339))
}

type tokenRevoke struct{ oneToken }

// Run ends a token.
func (t *tokenRevoke) Run(ctx context.Context, c *console) error {
	return t.withAuthority(ctx, c, func(authority *delegation.Authority, token string) error {
		err := authority.RevokeAny(ctx, token)
		var refusal *delegation.Refusal
		if errors.As(err, &refusal) {
			return fmt.Errorf("this is no token that could be ended: %s", refusal.Reason.Text())
		}
		return err
	})
}
