// Package printing shows what is administered to people, and to programs as JSON.
package printing

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
	"github.com/anteroom-go/anteroom/rooms"
)

// Output is the flag of every command that prints data.
type Output struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Print writes the value as JSON, or what text writes in columns.
func (o Output) Print(w io.Writer, value any, text func(w io.Writer)) error {
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

// Application is an application in JSON.
type Application struct {
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

// OfApplication returns what is shown of an application, and of its secret if it is new.
func OfApplication(app delegation.Application, secret delegation.Secret) Application {
	keys := make([]string, len(app.Keys))
	for i, key := range app.Keys {
		keys[i] = key.ID
	}
	return Application{
		Keys: keys, SecretsToo: app.SecretsToo, JWTBearer: app.JWTBearer,
		EndpointAud: app.TokenEndpointAudience, DPoP: app.DPoP,
		Refusal: cmp.Or(app.RefusalStatus, 400), RateLimits: app.RateLimits.String(),
		Suffixes: app.Policy.PublicSuffixes,
		ClientID: app.ClientID, ClientSecret: string(secret), Name: app.Name, Active: app.Active,
		Scopes: Texts(app.Scopes.List()), Policy: PolicyKind(app.Policy),
		Domains: Texts(app.Policy.Domains), Emails: Texts(app.Policy.Emails),
		Provision: app.Provision, Reach: string(app.Reach), Undelegated: app.Undelegated,
		Resource: app.ResourceServer, TokenTTL: int(app.TokenTTL / time.Second),
		CreatedAt: app.CreatedAt, UpdatedAt: app.UpdatedAt,
	}
}

// Lines writes the application for people.
func (v Application) Lines(w io.Writer) {
	life := "the server's default"
	if v.TokenTTL != 0 {
		life = Duration(time.Duration(v.TokenTTL) * time.Second)
	}
	lines := [][2]string{{"client id", v.ClientID}}
	if v.ClientSecret != "" {
		lines = append(lines, [2]string{"client secret", v.ClientSecret + "  (shown only once)"})
	}
	lines = append(lines, [][2]string{
		{"name", Shown(v.Name)}, {"active", Yes(v.Active)}, {"scopes", strings.Join(v.Scopes, " ")},
		{"may act for", MayActFor(v)}, {"public suffixes", Yes(v.Suffixes)},
		{"provisions users", Yes(v.Provision)}, {"reach", v.Reach},
		{"without a user", Yes(v.Undelegated)}, {"resource server", Yes(v.Resource)},
		{"keys", strings.Join(v.Keys, " ")}, {"secrets beside keys", Yes(v.SecretsToo)},
		{"JWT bearer grant", Yes(v.JWTBearer)}, {"token endpoint as audience", Yes(v.EndpointAud)},
		{"only tokens bound to keys", Yes(v.DPoP)},
		{"status of refusals", strconv.Itoa(v.Refusal)}, {"token life", life},
		{"rate limits", cmp.Or(v.RateLimits, "the server's")},
		{"created", v.CreatedAt.Format(time.RFC3339)}, {"updated", v.UpdatedAt.Format(time.RFC3339)},
	}...)
	for _, line := range lines {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
}

// PolicyKind returns one word for a policy.
func PolicyKind(policy delegation.Policy) string {
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

// MayActFor says for people for whom an application may act.
func MayActFor(v Application) string {
	switch v.Policy {
	case "none":
		return "no user"
	case "any":
		return "any user"
	}
	return strings.Join(append(v.Domains, v.Emails...), " ")
}

// Secret is a stored secret in JSON: never the secret.
type Secret struct {
	SecretID     string     `json:"secret_id"`
	ClientSecret string     `json:"client_secret,omitempty"`
	Label        string     `json:"label"`
	Disabled     bool       `json:"disabled"`
	ExpiresAt    *time.Time `json:"expires_at"`
	CreatedAt    time.Time  `json:"created_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
}

// OfSecret returns what is shown of a secret, and itself if it is new.
func OfSecret(stored delegation.StoredSecret, secret delegation.Secret) Secret {
	return Secret{SecretID: stored.ID, ClientSecret: string(secret), Label: stored.Label,
		Disabled: stored.Disabled, CreatedAt: stored.CreatedAt,
		ExpiresAt: Given(stored.ExpiresAt), LastUsedAt: Given(stored.LastUsedAt)}
}

// Given returns nil for a time that is not known or has not come.
func Given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// OrNever writes a time for people.
func OrNever(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.RFC3339)
}

// User is a user in JSON.
type User struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Active    bool   `json:"active"`
	Protected bool   `json:"protected"`
}

// OfUser returns what is shown of a user.
func OfUser(user delegation.User) User {
	known := user.ID != ""
	return User{ID: user.ID, Email: string(user.Email), Active: user.Active && known, Protected: user.Protected}
}

// ShownID returns the id for people. A protected address may have no user.
func (v User) ShownID() string {
	if v.ID == "" {
		return "(no user yet)"
	}
	return v.ID
}

// WriteUser writes a user as one line of a table.
func WriteUser(w io.Writer, v User) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.Email, Yes(v.Active), Yes(v.Protected), v.ShownID())
}

// Texts returns a list as texts.
func Texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, element := range list {
		out[i] = string(element)
	}
	return out
}

// Yes says yes or no.
func Yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Shown quotes a text that a terminal would not show as it is.
func Shown(text string) string {
	if quoted := strconv.Quote(text); strings.Trim(quoted, `"`) != text {
		return quoted
	}
	return text
}

// Duration writes a duration in whole units: 2 minutes, 1 hour 30 seconds.
func Duration(d time.Duration) string {
	var words []string
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		n := d / unit.size
		d -= n * unit.size
		switch {
		case n == 1:
			words = append(words, "1 "+unit.name)
		case n > 1:
			words = append(words, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	return cmp.Or(strings.Join(words, " "), "0 seconds")
}

// Source names what created a room.
func Source(source rooms.Source) string {
	switch {
	case source.ID == "":
		return source.Kind
	case source.Name == "":
		return source.Kind + " " + Shown(source.ID)
	}
	return Shown(source.Name) + " (" + Shown(source.ID) + ")"
}
