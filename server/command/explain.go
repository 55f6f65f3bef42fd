package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/printing"
)

type appExplain struct {
	oneApp
	Email string   `help:"Address of the user it asks for. Default: none, a token without a user." placeholder:"ADDRESS"`
	Scope []string `help:"Actions it asks for. Default: all that it holds." sep:"none" completion-predictor:"scopes" placeholder:"SCOPE"`
}

// explanationView is an explanation in JSON.
type explanationView struct {
	Granted     bool     `json:"granted"`
	Reason      string   `json:"reason,omitempty"`
	Text        string   `json:"text"`
	Scopes      []string `json:"scopes"`
	ExpiresIn   int      `json:"expires_in,omitempty"`
	UserID      string   `json:"user_id,omitempty"`
	Provisioned bool     `json:"provisioned"`
}

// Run prints what the application would get, and which rule decides.
func (a *appExplain) Run(ctx context.Context, c *console) error {
	return a.withRegistry(ctx, delegation.RootKeys{}, func(reg *registry.Registry) error {
		authority, err := c.unsigned(reg)
		if err != nil {
			return err
		}
		scope := strings.Join(append(flagvalue.Words(a.Scope), flagvalue.Words([]string{a.Email})...), " ")
		token, err := authority.Explain(ctx, a.ID, scope)
		var refusal *delegation.Refusal
		if err != nil && !errors.As(err, &refusal) {
			return err
		}
		view := viewToken(token)
		if refusal != nil {
			view = viewRefusal(refusal)
		}
		return answered(view.Granted, a.Print(c.stdout, view, view.lines))
	})
}

func viewToken(token delegation.Token) explanationView {
	view := explanationView{Granted: true, Text: "The token is issued.", Scopes: printing.Texts(token.Scopes.List()),
		ExpiresIn: int(token.ExpiresIn.Seconds()), UserID: token.User.ID}
	if token.Delegated && token.User.ID == "" {
		view.Provisioned, view.Text = true, "The user is created, and the token issued."
	}
	return view
}

func viewRefusal(refusal *delegation.Refusal) explanationView {
	view := explanationView{Reason: string(refusal.Reason), Text: refusal.Reason.Text(), Scopes: []string{}}
	if refusal.Scope != "" {
		view.Text += " It is " + string(refusal.Scope) + "."
	}
	return view
}

// lines writes the explanation for people.
func (v explanationView) lines(w io.Writer) {
	fmt.Fprintf(w, "granted\t%s\nwhy\t%s\n", printing.Yes(v.Granted), v.Text)
	if v.Granted {
		fmt.Fprintf(w, "scopes\t%s\nlife\t%s\n", strings.Join(v.Scopes, " "),
			printing.Duration(time.Duration(v.ExpiresIn)*time.Second))
	} else {
		fmt.Fprintf(w, "rule\t%s\n", v.Reason)
	}
}

// unsigned returns an authority that decides as the server does. Its keys
// are its own and of no use elsewhere: it neither checks secrets nor signs.
func (c *console) unsigned(reg *registry.Registry) (*delegation.Authority, error) {
	key, err := delegation.GenerateKey(jose.ES256)
	if err != nil {
		return nil, err
	}
	keys, err := delegation.NewKeySet(key)
	if err != nil {
		return nil, err
	}
	config := c.directories(reg)
	config.Issuer, config.Audience, config.RootKeys, config.Keys = "explain", "explain", delegation.NewRootKeys(), keys
	return delegation.New(config)
}
