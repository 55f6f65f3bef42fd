package appflags

import (
	"slices"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

// Changes are the flags that change a list of an application and leave the rest of it.
type Changes struct {
	AddScope     []string `help:"Permit one more action. May be repeated, or list several, as may the five below." sep:"none" completion-predictor:"scopes" placeholder:"SCOPE"`
	RemoveScope  []string `help:"Permit an action no longer." sep:"none" completion-predictor:"scopes" placeholder:"SCOPE"`
	AddDomain    []string `help:"Let it act for the users of one more domain." sep:"none" placeholder:"DOMAIN"`
	RemoveDomain []string `help:"Let it act for the users of a domain no longer." sep:"none" placeholder:"DOMAIN"`
	AddEmail     []string `help:"Let it act for one more user." sep:"none" placeholder:"ADDRESS"`
	RemoveEmail  []string `help:"Let it act for a user no longer." sep:"none" placeholder:"ADDRESS"`
}

// Check returns an error for a list that would be replaced and changed at once, and for
// lists of an application that may act for any user.
func (l Changes) Check(f Flags) error {
	for _, list := range []struct {
		name             string
		whole, add, less []string
	}{
		{"scope", f.Scope, l.AddScope, l.RemoveScope},
		{"domain", f.Domain, l.AddDomain, l.RemoveDomain},
		{"email", f.Email, l.AddEmail, l.RemoveEmail},
	} {
		if list.whole != nil && (list.add != nil || list.less != nil) {
			return usage.Errorf("--%s, which replaces the list, excludes --add-%[1]s and --remove-%[1]s", list.name)
		}
	}
	if f.DelegateAny != nil && *f.DelegateAny && (l.AddDomain != nil || l.AddEmail != nil) {
		return usage.Errorf("--delegate-any excludes --add-domain and --add-email")
	}
	return nil
}

// Change changes the lists of an application. What is added twice stands there once;
// what is removed has to be there.
func (l Changes) Change(f Flags, app *delegation.Application) error {
	held, err := changed("scope", app.Scopes.List(), l.AddScope, l.RemoveScope, parseScope)
	if err != nil {
		return err
	}
	app.Scopes = scopes.NewSet(held...)
	policy := &app.Policy
	if policy.Any && (l.AddDomain != nil || l.AddEmail != nil) {
		return usage.Errorf("the application may act for any user; name the users with --domain or --email to end that")
	}
	before := policy.Domains
	policy.Domains, err = changed("domain", before, l.AddDomain, l.RemoveDomain, delegation.ParseDomain)
	if err == nil && (f.Suffix == nil || !*f.Suffix) {
		err = withoutConsent(before, policy.Domains)
	}
	if err != nil {
		return err
	}
	policy.Emails, err = changed("email", policy.Emails, l.AddEmail, l.RemoveEmail, flagvalue.Address)
	return err
}

// withoutConsent returns an error for a public suffix that is added without the flag that
// it needs: that was given for the domains beside it alone.
func withoutConsent(before, after []delegation.Domain) error {
	added := slices.DeleteFunc(slices.Clone(after), func(d delegation.Domain) bool { return slices.Contains(before, d) })
	alone := delegation.Application{Policy: delegation.Policy{Domains: added}}
	for _, fault := range usage.ConfigErrors(alone.Validate()) {
		if fault.Field == "Policy.Domains" {
			return fault
		}
	}
	return nil
}

// changed returns a list with what is added and without what is removed.
func changed[T ~string](name string, list []T, add, remove []string, parse func(string) (T, error)) ([]T, error) {
	added, err := parseEach("--add-"+name, flagvalue.Words(add), parse)
	if err != nil {
		return nil, err
	}
	removed, err := parseEach("--remove-"+name, flagvalue.Words(remove), parse)
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	for _, one := range added {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	for _, one := range removed {
		if !slices.Contains(list, one) {
			return nil, usage.Errorf("--remove-%s: the application does not have %s", name, one)
		}
		list = slices.DeleteFunc(list, func(other T) bool { return other == one })
	}
	return list, nil
}
