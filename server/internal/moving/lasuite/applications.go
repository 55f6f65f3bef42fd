package lasuite

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry/foreign"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/internal/moving/record"
)

type stagedApplication struct {
	ID, Fields string
	Number     int
}

// emitApplications yields the applications, and after them their secrets.
func (r reader) emitApplications(ctx context.Context) error {
	const query = "SELECT a.id, a.fields, a.number FROM applications AS a WHERE a.id > ? ORDER BY a.id LIMIT 1000"
	err := eachRow(ctx, r.db, query, func(a stagedApplication) (string, error) { return a.ID, r.emitApplication(ctx, a) })
	if err != nil {
		return err
	}
	return eachRow(ctx, r.db, query, func(a stagedApplication) (string, error) { return a.ID, r.emitSecret(a) })
}

// emitApplication yields an application. Nothing that is left out of it widens what it may do.
func (r reader) emitApplication(ctx context.Context, a stagedApplication) error {
	var f applicationFields
	if json.Unmarshal([]byte(a.Fields), &f) != nil {
		return r.leaveOut(record.Application, a.ID, a.Number, errFields.Error())
	}
	key := f.ClientID
	var names []string
	err := r.db.NewRaw("SELECT d.domain FROM domains AS d WHERE d.application = ? ORDER BY d.domain", a.ID).
		Scan(ctx, &names)
	if err != nil {
		return err
	}
	domains, public, err := r.domainsOf(key, a.Number, names)
	if err != nil {
		return err
	}
	granted, err := r.scopesOf(key, a.Number, f)
	if err != nil {
		return err
	}
	unrestricted := len(names) == 0
	if unrestricted && !r.DelegateAny {
		err := r.change(record.Application, key, a.Number,
			"has no domains, so it may act for no user: give it some (anteroom app update), or import it with --delegate-any")
		if err != nil {
			return err
		}
	}
	active := (f.IsActive == nil || *f.IsActive) && (f.Active == nil || *f.Active)
	return r.emit(record.Application, a.Number, map[string]any{"client_id": f.ClientID, "name": f.Name, "active": active,
		"scopes": granted, "domains": domains, "any_user": unrestricted && r.DelegateAny, "public_suffixes": public,
		"provision": r.Provision, "reach": string(r.Reach), "created_at": f.CreatedAt, "updated_at": f.UpdatedAt})
}

// domainsOf returns the domains that a policy can have, and whether one of them is a public
// suffix.
func (r reader) domainsOf(key string, number int, names []string) (list []string, public bool, err error) {
	for _, name := range names {
		domain, err := delegation.ParseDomain(strings.ToLower(strings.TrimSpace(name)))
		suffix := err == nil && delegation.Application{ClientID: "a", Name: "a",
			Policy: delegation.Policy{Domains: []delegation.Domain{domain}}}.Validate() != nil
		switch {
		case err != nil:
			err = r.change(record.Application, key, number, "a domain is not acceptable, and left out")
		case suffix && !r.PublicSuffixes:
			err = r.change(record.Application, key, number, "the domain "+string(domain)+
				" is a public suffix, in which anyone may get an address, and left out; see --allow-public-suffix")
		default:
			list, public = append(list, string(domain)), public || suffix
		}
		if err != nil {
			return nil, false, err
		}
	}
	return list, public, nil
}

// scopesOf returns the scopes that there are.
func (r reader) scopesOf(key string, number int, f applicationFields) (list []string, err error) {
	for _, name := range textList(f.Scopes) {
		if !scopes.All().Has(scopes.Scope(name)) {
			if err := r.change(record.Application, key, number, "a scope is not known, and left out"); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, name)
	}
	if len(list) == 0 {
		return nil, r.change(record.Application, key, number, "has no scopes, so it gets no tokens")
	}
	return list, nil
}

func (r reader) emitSecret(a stagedApplication) error {
	var f applicationFields
	if json.Unmarshal([]byte(a.Fields), &f) != nil {
		return nil // it is left out already
	}
	reason := ""
	if f.ClientSecret == "" {
		reason = "there is none"
	} else if err := foreign.CheckHash(f.ClientSecret); err != nil {
		reason = "its hash " + err.Error()
	}
	if reason != "" {
		return r.leaveOut(record.Secret, f.ClientID, a.Number, reason+"; give it a new one: anteroom app secret rotate")
	}
	return r.emit(record.Secret, a.Number, map[string]any{"client_id": f.ClientID,
		"secret_id": delegation.ImportedSecretID, "imported_hash": f.ClientSecret, "created_at": f.CreatedAt})
}
