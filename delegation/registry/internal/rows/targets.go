package rows

import "github.com/anteroom-go/anteroom/server/database/native"

// ApplicationColumns are the columns of an application as a, in the order of [Application.Targets].
const ApplicationColumns = `a.client_id, a.name, a.active, a.scopes, a.any_user, a.domains, a.public_suffixes, a.emails,
	a.provision, a.undelegated, a.reach, a.resource_server, a.generation, a.jwks, a.secrets_too, a.jwt_bearer,
	a.token_endpoint_audience, a.dpop, a.refusal_status, a.token_ttl, a.rate_limits, a.version, a.created_at, a.updated_at`

// Targets are where [ApplicationColumns] are scanned to.
func (row *Application) Targets() []any {
	return []any{&row.ClientID, &row.Name, &row.Active, &row.Scopes, &row.AnyUser, &row.Domains, &row.PublicSuffixes,
		&row.Emails, &row.Provision, &row.Undelegated, &row.Reach, &row.ResourceServer, &row.Generation, &row.JWKS,
		&row.SecretsToo, &row.JWTBearer, &row.EndpointAud, &row.DPoP, &row.RefusalStatus, &row.TokenTTL, &row.RateLimits,
		&row.Version, native.Time(&row.CreatedAt), native.Time(&row.UpdatedAt)}
}
