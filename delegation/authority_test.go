package delegation_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
)

func TestNewFailsClosed(t *testing.T) {
	h := newHouse(t)
	tests := map[string]struct {
		field string
		spoil func(*delegation.Config)
	}{
		"no issuer":        {"Issuer", func(c *delegation.Config) { c.Issuer = "" }},
		"no audience":      {"Audience", func(c *delegation.Config) { c.Audience = "" }},
		"no root key":      {"RootKeys", func(c *delegation.Config) { c.RootKeys = delegation.RootKeys{} }},
		"no applications":  {"Applications", func(c *delegation.Config) { c.Applications = nil }},
		"no users":         {"Users", func(c *delegation.Config) { c.Users = nil }},
		"no keys":          {"Keys", func(c *delegation.Config) { c.Keys = nil }},
		"too short a life": {"TokenTTL", func(c *delegation.Config) { c.TokenTTL = 59e9 }},
		"too long a life":  {"TokenTTL", func(c *delegation.Config) { c.TokenTTL = 3601e9 }},
		"half a second":    {"TokenTTL", func(c *delegation.Config) { c.TokenTTL = 605e8 + 5e8 + 1 }},
		"a negative life":  {"TokenTTL", func(c *delegation.Config) { c.TokenTTL = -1 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			config := h.config
			test.spoil(&config)
			authority, err := delegation.New(config)
			is.True(err != nil && authority == nil)     // what is missing is never skipped
			is.Equal(faults(err), []string{test.field}) // and named
		})
	}
	is := is.New(t)
	_, err := delegation.New(delegation.Config{TokenTTL: 1})
	// all at once
	is.Equal(faults(err), []string{"Issuer", "Audience", "RootKeys", "Applications", "Users", "Keys", "TokenTTL"})
}

// faults returns the fields that an error names, in its order.
func faults(err error) (fields []string) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			fields = append(fields, faults(one)...)
		}
		return fields
	}
	if fault := new(delegation.ConfigError); errors.As(err, &fault) {
		if err != error(fault) {
			return faults(errors.Unwrap(err))
		}
		return []string{fault.Field}
	}
	return nil
}

func TestValidateNamesEveryFault(t *testing.T) {
	is := is.New(t)
	rsa, err := delegation.NewKey(privateKey(t, "RS256").Public())
	is.NoErr(err)
	good := delegation.Application{ClientID: "app", Name: "Calendar"}
	is.NoErr(good.Validate())
	bad := delegation.Application{ClientID: "a b", Reach: "all", TokenTTL: 1, Keys: []delegation.Key{rsa},
		RateLimits: rates.Limits{Reads: rates.Quota{User: 1}}, // a half of a quota
		Policy: delegation.Policy{Any: true, Domains: []delegation.Domain{"Example.com"},
			Emails: []delegation.Email{"u"}}}
	fields := faults(bad.Validate())
	want := []string{"ClientID", "Name", "Policy", "Policy.Domains", "Policy.Emails", "Reach", "Keys",
		"TokenTTL", "RateLimits"}
	is.Equal(fields, want) // all of them, in one answer
	slices.Sort(want)
	is.Equal(len(slices.Compact(want)), len(want)) // each once
}
