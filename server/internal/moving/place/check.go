package place

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry/foreign"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

// checker holds records to the rules and gives them their defaults.
type checker struct {
	now   time.Time
	rules *rooms.Service
}

func newChecker(now time.Time) (*checker, error) {
	rules, err := rooms.New(rooms.Config{Stores: rooms.Stores{Rooms: nowhere{}}, AllowPublic: true,
		Schema: func(map[string]any, *rooms.Faults) {}}) // hosts have schemas of their own
	return &checker{now.UTC().Truncate(time.Microsecond), rules}, err
}

// complete gives the record its defaults. It returns what is wrong with it.
func (c *checker) complete(r record.Record) error {
	for _, field := range r.Kind.Fields {
		if text, isText := r.Values[field.Name].(string); isText && !storable(text) {
			return &record.FieldError{Field: field.Name, Problem: "is not UTF-8, or has a NUL"}
		}
	}
	own := map[string]func(record.Record) error{
		record.User: c.user, record.Protection: c.protection, record.Application: c.application,
		record.Secret: c.secret, record.Room: c.room,
	}[r.Kind.Name]
	if own != nil {
		if err := own(r); err != nil {
			return err
		}
	}
	for _, name := range r.Kind.Key {
		if !printable(r.Text(name)) {
			return &record.FieldError{Field: name, Problem: "is required, with at most 255 printable characters"}
		}
	}
	return nil
}

func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// printable reports whether a text can be an id.
func printable(text string) bool {
	return text != "" && utf8.RuneCountInString(text) <= 255 && !strings.ContainsFunc(text, unicode.IsControl)
}

// orElse sets a value that is absent.
func orElse(r record.Record, name string, value any) {
	if r.Values[name] == nil {
		r.Values[name] = value
	}
}

// address brings an address into the form in which addresses compare.
func address(r record.Record) error {
	email, err := delegation.ParseEmail(strings.TrimSpace(r.Text("email")))
	if err != nil {
		return &record.FieldError{Field: "email", Problem: "is not an acceptable address"}
	}
	r.Values["email"] = string(email)
	return nil
}

func (c *checker) user(r record.Record) error {
	orElse(r, "active", true)
	orElse(r, "created_at", c.now)
	return address(r)
}

func (c *checker) protection(r record.Record) error { return address(r) }

func (c *checker) secret(r record.Record) error {
	hash, mac := r.Text("imported_hash"), r.Text("mac")
	orElse(r, "mac", "")
	orElse(r, "label", "")
	orElse(r, "created_at", c.now)
	switch {
	case hash == "" && mac == "":
		return &record.FieldError{Field: "mac", Problem: "or imported_hash is required"}
	case hash == "":
		return nil
	}
	orElse(r, "secret_id", delegation.ImportedSecretID)
	if err := foreign.CheckHash(hash); err != nil {
		return &record.FieldError{Field: "imported_hash", Problem: err.Error()}
	}
	return nil
}

// application holds an application to the rules of its registration.
func (c *checker) application(r record.Record) error {
	for name, value := range map[string]any{"active": true, "any_user": false, "provision": false, "undelegated": false,
		"reach": string(delegation.ReachOwn), "scopes": []string{}, "domains": []string{}, "emails": []string{},
		"token_ttl": int64(0), "refusal_status": int64(0), "token_endpoint_audience": false, "dpop": false,
		"version": int64(1), "generation": c.now.UnixMicro(), "created_at": c.now} {
		orElse(r, name, value)
	}
	orElse(r, "updated_at", r.Values["created_at"])
	app, err := applicationOf(r)
	if err != nil {
		return err
	}
	if unknown := app.Scopes.Minus(scopes.All()); !unknown.Empty() {
		return &record.FieldError{Field: "scopes", Problem: fmt.Sprintf("has %q, which is not known", unknown)}
	}
	return app.Validate()
}

func applicationOf(r record.Record) (app delegation.Application, err error) {
	app = delegation.Application{ClientID: r.Text("client_id"), Name: r.Text("name"),
		Reach: delegation.Reach(r.Text("reach")), Policy: policyOf(r)}
	granted, err := scopes.Parse(strings.Join(textsOf(r, "scopes"), " "))
	if err != nil {
		return app, &record.FieldError{Field: "scopes", Problem: "has a word that is no scope"}
	}
	app.Scopes = granted
	if seconds, _ := r.Values["token_ttl"].(int64); seconds != 0 {
		app.TokenTTL = time.Duration(seconds) * time.Second
	}
	status, _ := r.Values["refusal_status"].(int64)
	app.RefusalStatus = int(status)
	if text := r.Text("rate_limits"); text != "" {
		if app.RateLimits, err = rates.Parse(text); err != nil {
			return app, &record.FieldError{Field: "rate_limits", Problem: err.Error()}
		}
	}
	if keys, _ := r.Values["jwks"].(json.RawMessage); keys != nil {
		known, left, err := delegation.ParseKeys(keys)
		if err = errors.Join(append(left, err)...); err != nil {
			return app, &record.FieldError{Field: "jwks", Problem: err.Error()}
		}
		app.Keys = known
	}
	return app, nil
}

func policyOf(r record.Record) delegation.Policy {
	var policy delegation.Policy
	policy.Any, _ = r.Values["any_user"].(bool)
	policy.PublicSuffixes, _ = r.Values["public_suffixes"].(bool)
	for _, domain := range textsOf(r, "domains") {
		policy.Domains = append(policy.Domains, delegation.Domain(domain))
	}
	for _, email := range textsOf(r, "emails") {
		policy.Emails = append(policy.Emails, delegation.Email(email))
	}
	return policy
}

func textsOf(r record.Record, name string) []string {
	list, _ := r.Values[name].([]string)
	return list
}

// The forms of what a room brings along.
var (
	slugForm = regexp.MustCompile(`^[a-z0-9_-]{1,100}$`)
	pinForm  = regexp.MustCompile(`^[0-9]{4,32}$`)
)

// room holds a room to the rules of rooms.
func (c *checker) room(r record.Record) error {
	r.Values["slug"] = strings.ToLower(r.Text("slug")) // as links compare
	orElse(r, "created_at", c.now)
	for name, value := range map[string]any{"name": r.Text("slug"), "access_level": string(rooms.Trusted),
		"configuration": json.RawMessage("{}"), "metadata": json.RawMessage("{}"), "source_kind": "import",
		"source_id": "import", "source_name": "", "version": int64(1), "updated_at": r.Values["created_at"]} {
		orElse(r, name, value)
	}
	if parsed, err := uuid.Parse(r.Text("id")); err == nil {
		r.Values["id"] = parsed.String()
	}
	if err := codes(r); err != nil {
		return err
	}
	if err := c.values(r); err != nil {
		return err
	}
	return members(r)
}

// codes checks what names the room and its source.
func codes(r record.Record) error {
	switch pin, hasPIN := r.Values["pin"].(string); {
	case uuid.Validate(r.Text("id")) != nil:
		return &record.FieldError{Field: "id", Problem: "is not a UUID"}
	case !slugForm.MatchString(r.Text("slug")):
		return &record.FieldError{Field: "slug", Problem: "is not 1 to 100 letters, digits, hyphens and underscores"}
	case hasPIN && !pinForm.MatchString(pin):
		return &record.FieldError{Field: "pin", Problem: "is not 4 to 32 digits"}
	case !printable(r.Text("source_kind")) || r.Text("source_id") != "" && !printable(r.Text("source_id")):
		return &record.FieldError{Field: "source_kind", Problem: "or source_id is not printable"}
	}
	return nil
}

// values asks the rules about the values that a caller could have sent.
func (c *checker) values(r record.Record) error {
	object := map[string]any{"name": r.Text("name"), "access_level": r.Text("access_level")}
	if id := r.Text("external_id"); id != "" {
		object["external_id"] = id
	}
	for _, name := range []string{"configuration", "metadata"} {
		document, _ := r.Values[name].(json.RawMessage)
		var decoded any
		if err := json.Unmarshal(document, &decoded); err != nil {
			return &record.FieldError{Field: name, Problem: "is not JSON"}
		}
		object[name] = decoded
	}
	caller := rooms.Caller{Source: rooms.Source{Kind: "import", ID: "import"}, Program: true}
	_, _, err := c.rules.Create(context.Background(), caller, rooms.ParseChange(object))
	return err
}

// members holds the people in a room to the rules.
func members(r record.Record) error {
	people, _ := r.Values["members"].([]record.Member)
	seen := map[string]bool{}
	for i := range people {
		problem := memberProblem(&people[i])
		one := people[i].Email + " " + people[i].UserID
		if problem == "" && seen[one] {
			problem = "is there twice"
		}
		if problem != "" {
			return &record.FieldError{Field: fmt.Sprintf("members.%d", i), Problem: problem}
		}
		seen[one] = true
	}
	return nil
}

// memberProblem brings the address of a member into its form, and returns what is wrong.
func memberProblem(m *record.Member) string {
	if m.Email != "" {
		email, err := delegation.ParseEmail(strings.TrimSpace(m.Email))
		if err != nil {
			return "has no acceptable address"
		}
		m.Email = string(email)
	}
	switch role := rooms.Role(m.Role); {
	case role != rooms.Owner && role != rooms.Administrator && role != rooms.Member:
		return "has a role that is not owner, administrator or member"
	case m.Email == "" && m.UserID == "":
		return "has neither an email nor a user_id"
	case m.UserID != "" && !printable(m.UserID), !storable(m.ID), role == rooms.Owner && m.UserID == "":
		return "has an id that is not printable"
	}
	return ""
}
