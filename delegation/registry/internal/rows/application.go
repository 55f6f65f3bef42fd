// Package rows turns rows of the registry into values and back.
package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/scopes"
)

// Application is an application as SQL has it.
type Application struct {
	bun.BaseModel `bun:"table:applications,alias:a"`

	ClientID       string    `bun:"client_id,pk"`
	Name           string    `bun:"name"`
	Active         bool      `bun:"active"`
	Scopes         string    `bun:"scopes"`
	AnyUser        bool      `bun:"any_user"`
	Domains        string    `bun:"domains"`
	PublicSuffixes bool      `bun:"public_suffixes"`
	Emails         string    `bun:"emails"`
	Provision      bool      `bun:"provision"`
	Undelegated    bool      `bun:"undelegated"`
	Reach          string    `bun:"reach"`
	ResourceServer bool      `bun:"resource_server"`
	Generation     int64     `bun:"generation"`
	JWKS           string    `bun:"jwks"`
	SecretsToo     bool      `bun:"secrets_too"`
	JWTBearer      bool      `bun:"jwt_bearer"`
	EndpointAud    bool      `bun:"token_endpoint_audience"`
	DPoP           bool      `bun:"dpop"`
	RefusalStatus  int       `bun:"refusal_status"` // 0 is the default
	TokenTTL       int64     `bun:"token_ttl"`      // seconds
	RateLimits     string    `bun:"rate_limits"`    // as rates.Parse reads them; empty if there are none
	Version        int64     `bun:"version"`
	CreatedAt      time.Time `bun:"created_at"`
	UpdatedAt      time.Time `bun:"updated_at"`
}

// Application reads a row.
func (row Application) Application() (delegation.Application, error) {
	granted, err := scopes.Parse(row.Scopes)
	if err != nil {
		return delegation.Application{}, fmt.Errorf("registry: reading the application %s: %w", row.ClientID, err)
	}
	limits, err := parseRateLimits(row.RateLimits)
	if err != nil {
		return delegation.Application{}, fmt.Errorf("registry: reading the application %s: %w", row.ClientID, err)
	}
	keys, err := parseJWKS(row.JWKS)
	if err != nil {
		return delegation.Application{}, fmt.Errorf("registry: reading the application %s: %w", row.ClientID, err)
	}
	return delegation.Application{
		ClientID: row.ClientID, Name: row.Name, Active: row.Active, Scopes: granted,
		Policy: delegation.Policy{Any: row.AnyUser, PublicSuffixes: row.PublicSuffixes,
			Domains: split[delegation.Domain](row.Domains), Emails: split[delegation.Email](row.Emails)},
		Provision: row.Provision, Undelegated: row.Undelegated, Reach: delegation.Reach(row.Reach),
		Keys: keys, SecretsToo: row.SecretsToo, JWTBearer: row.JWTBearer, ResourceServer: row.ResourceServer,
		TokenEndpointAudience: row.EndpointAud, DPoP: row.DPoP, RefusalStatus: row.RefusalStatus,
		Generation: row.Generation, TokenTTL: time.Duration(row.TokenTTL) * time.Second, RateLimits: limits,
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
	}, nil
}

// Of writes an application in which no fault was found.
func Of(app delegation.Application) (Application, error) {
	keys, err := formatJWKS(app.Keys)
	return Application{
		ClientID: app.ClientID, Name: app.Name, Active: app.Active, Scopes: app.Scopes.String(),
		AnyUser: app.Policy.Any, Domains: Join(app.Policy.Domains), Emails: Join(app.Policy.Emails),
		PublicSuffixes: app.Policy.PublicSuffixes,
		Provision:      app.Provision, Undelegated: app.Undelegated, Reach: string(app.Reach),
		JWKS: keys, SecretsToo: app.SecretsToo, JWTBearer: app.JWTBearer, ResourceServer: app.ResourceServer,
		EndpointAud: app.TokenEndpointAudience, DPoP: app.DPoP, RefusalStatus: app.RefusalStatus,
		Generation: app.Generation, TokenTTL: int64(app.TokenTTL / time.Second), RateLimits: app.RateLimits.String(),
		CreatedAt: app.CreatedAt, UpdatedAt: app.UpdatedAt,
	}, err
}

func parseRateLimits(text string) (rates.Limits, error) {
	if text == "" {
		return rates.Limits{}, nil
	}
	return rates.Parse(text)
}

func parseJWKS(text string) ([]delegation.Key, error) {
	if text == "" {
		return nil, nil
	}
	keys, left, err := delegation.ParseKeys([]byte(text))
	return keys, errors.Join(append(left, err)...)
}

func formatJWKS(keys []delegation.Key) (string, error) {
	if len(keys) == 0 {
		return "", nil
	}
	text, err := json.Marshal(map[string][]delegation.Key{"keys": keys})
	if err != nil {
		return "", fmt.Errorf("registry: writing the keys of an application: %w", err)
	}
	return string(text), nil
}

// split reads what Join wrote.
func split[T ~string](text string) (list []T) {
	for _, element := range strings.Fields(text) {
		list = append(list, T(element))
	}
	return list
}

// Join turns a list into the text that the tables keep.
func Join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, element := range list {
		texts[i] = string(element)
	}
	return strings.Join(texts, " ")
}

// Values returns what operators decide about an application, for the record.
func (row Application) Values() audit.Values {
	values, fields := audit.Values{}, reflect.TypeFor[Application]()
	for i := 1; i < fields.NumField(); i++ { // behind the model
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("bun"), ",")
		values[name] = reflect.ValueOf(row).Field(i).Interface()
	}
	for _, name := range []string{"client_id", "generation", "version", "created_at", "updated_at"} {
		delete(values, name)
	}
	return values
}
