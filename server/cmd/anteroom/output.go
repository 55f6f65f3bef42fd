package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anteroom-go/anteroom/delegation"
)

// output is the flag of every command that prints data.
type output struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// print writes the value as JSON, or what text writes in columns.
func (o output) print(w io.Writer, value any, text func(w io.Writer)) error {
	if o.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	text(table)
	return table.Flush()
}

// applicationView is an application in JSON.
type applicationView struct {
	ClientID     string    `json:"client_id"`
	ClientSecret string    `json:"client_secret,omitempty"`
	Name         string    `json:"name"`
	Active       bool      `json:"active"`
	Scopes       []string  `json:"scopes"`
	Policy       string    `json:"policy"`
	Domains      []string  `json:"domains"`
	Emails       []string  `json:"emails"`
	Suffixes     bool      `json:"public_suffixes"`
	Provision    bool      `json:"provision"`
	Reach        string    `json:"reach"`
	Undelegated  bool      `json:"undelegated"`
	Resource     bool      `json:"resource_server"`
	Keys         []string  `json:"keys"`
	SecretsToo   bool      `json:"secrets_too"`
	JWTBearer    bool      `json:"jwt_bearer"`
	EndpointAud  bool      `json:"token_endpoint_audience"`
	DPoP         bool      `json:"dpop"`
	Refusal      int       `json:"refusal_status"`
	TokenTTL     int       `json:"token_ttl"`
	RateLimits   string    `json:"rate_limits"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func viewApplication(app delegation.Application, secret delegation.Secret) applicationView {
	keys := make([]string, len(app.Keys))
	for i, key := range app.Keys {
		keys[i] = key.ID
	}
	return applicationView{
		Keys: keys, SecretsToo: app.SecretsToo, JWTBearer: app.JWTBearer,
		EndpointAud: app.TokenEndpointAudience, DPoP: app.DPoP,
		Refusal: cmp.Or(app.RefusalStatus, 400), RateLimits: app.RateLimits.String(),
		Suffixes: app.Policy.PublicSuffixes,
		ClientID: app.ClientID, ClientSecret: string(secret), Name: app.Name, Active: app.Active,
		Scopes: texts(app.Scopes.List()), Policy: policyKind(app.Policy),
		Domains: texts(app.Policy.Domains), Emails: texts(app.Policy.Emails),
		Provision: app.Provision, Reach: string(app.Reach), Undelegated: app.Undelegated,
		Resource: app.ResourceServer, TokenTTL: int(app.TokenTTL / time.Second),
		CreatedAt: app.CreatedAt, UpdatedAt: app.UpdatedAt,
	}
}

// lines writes the application for people.
func (v applicationView) lines(w io.Writer) {
	life := "the server's default"
	if v.TokenTTL != 0 {
		life = (time.Duration(v.TokenTTL) * time.Second).String()
	}
	lines := [][2]string{{"client id", v.ClientID}}
	if v.ClientSecret != "" {
		lines = append(lines, [2]string{"client secret", v.ClientSecret + "  (shown only once)"})
	}
	lines = append(lines, [][2]string{
		{"name", shown(v.Name)}, {"active", yes(v.Active)}, {"scopes", strings.Join(v.Scopes, " ")},
		{"may act for", mayActFor(v)}, {"public suffixes", yes(v.Suffixes)},
		{"provisions users", yes(v.Provision)}, {"reach", v.Reach},
		{"without a user", yes(v.Undelegated)}, {"resource server", yes(v.Resource)},
		{"keys", strings.Join(v.Keys, " ")}, {"secrets beside keys", yes(v.SecretsToo)},
		{"JWT bearer grant", yes(v.JWTBearer)}, {"token endpoint as audience", yes(v.EndpointAud)},
		{"only tokens bound to keys", yes(v.DPoP)},
		{"status of refusals", strconv.Itoa(v.Refusal)}, {"token life", life},
		{"rate limits", cmp.Or(v.RateLimits, "the server's")},
		{"created", v.CreatedAt.Format(time.RFC3339)}, {"updated", v.UpdatedAt.Format(time.RFC3339)},
	}...)
	for _, line := range lines {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
}

// policyKind returns one word for a policy.
func policyKind(policy delegation.Policy) string {
	switch {
	case policy.Any:
		return "any"
	case len(policy.Domains) > 0 && len(policy.Emails) > 0:
		return "domains+emails"
	case len(policy.Domains) > 0:
		return "domains"
	case len(policy.Emails) > 0:
		return "emails"
	}
	return "none"
}

func mayActFor(v applicationView) string {
	switch v.Policy {
	case "none":
		return "no user"
	case "any":
		return "any user"
	}
	return strings.Join(append(v.Domains, v.Emails...), " ")
}

// secretView is a stored secret in JSON: never the secret.
type secretView struct {
	SecretID     string     `json:"secret_id"`
	ClientSecret string     `json:"client_secret,omitempty"`
	Label        string     `json:"label"`
	Disabled     bool       `json:"disabled"`
	ExpiresAt    *time.Time `json:"expires_at"`
	CreatedAt    time.Time  `json:"created_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
}

func viewSecret(stored delegation.StoredSecret, secret delegation.Secret) secretView {
	return secretView{SecretID: stored.ID, ClientSecret: string(secret), Label: stored.Label,
		Disabled: stored.Disabled, CreatedAt: stored.CreatedAt,
		ExpiresAt: given(stored.ExpiresAt), LastUsedAt: given(stored.LastUsedAt)}
}

// given returns nil for a time that is not known or has not come.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orNever writes a time for people.
func orNever(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.RFC3339)
}

// userView is a user in JSON.
type userView struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Active    bool   `json:"active"`
	Protected bool   `json:"protected"`
}

func viewUser(user delegation.User) userView {
	known := user.ID != ""
	return userView{ID: user.ID, Email: string(user.Email), Active: user.Active && known, Protected: user.Protected}
}

// shownID returns the id for people. A protected address may have no user.
func (v userView) shownID() string {
	if v.ID == "" {
		return "(no user yet)"
	}
	return v.ID
}

func writeUser(w io.Writer, v userView) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.Email, yes(v.Active), yes(v.Protected), v.shownID())
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, element := range list {
		out[i] = string(element)
	}
	return out
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// shown quotes a text that a terminal would not show as it is.
func shown(text string) string {
	if quoted := strconv.Quote(text); strings.Trim(quoted, `"`) != text {
		return quoted
	}
	return text
}
