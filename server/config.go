package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/stats"
)

// DefaultBasePath is where the external API is if [Config] has no BasePath.
const DefaultBasePath = "/external-api/v1.0"

// Config configures a [Server].
type Config struct {
	// URL is the public base URL: the issuer of tokens and the start of every
	// link. Absolute, http or https, without query or fragment; a trailing
	// slash is dropped. If it has a path, the server answers below that path.
	// Required. Nothing in a request can change it.
	URL string
	// RoomURL is the base of join links: RoomURL/slug. Empty means URL.
	RoomURL string
	// BasePath is the path of the external API below URL. Empty means
	// DefaultBasePath.
	BasePath string

	// RootKey is the one secret of the deployment. Required.
	RootKey delegation.RootKey
	// FormerRootKeys are those that RootKey replaced, until nothing depends on
	// them: they open what they sealed, which is then sealed anew.
	FormerRootKeys []delegation.RootKey
	// DB is the migrated database behind every contract that is nil below.
	// Required unless all four are given.
	DB bun.IDB
	// Applications, Users, Keys, Revocations, Assertions and Rooms replace what
	// would be kept in DB. Without DB, Revocations may be nil (no token can be
	// ended before it expires then), and Assertions (applications authenticate
	// by secrets only).
	Applications delegation.Applications
	Users        delegation.Users
	Keys         delegation.Keys
	Revocations  delegation.Revocations
	Assertions   delegation.Assertions
	// Rooms, Requests and Statistics replace what would be kept in DB. A host that
	// replaces Rooms replaces all three.
	Rooms      rooms.Stores
	Requests   once.Store
	Statistics stats.Store

	// TokenTTL is the life of tokens, one minute to one hour in whole seconds.
	// Zero means ten minutes.
	TokenTTL time.Duration
	// AllowPublic allows rooms that anyone with the link may enter.
	AllowPublic bool
	// DefaultAccessLevel is the level of rooms created without one. Empty
	// means rooms.Trusted.
	DefaultAccessLevel rooms.AccessLevel
	// Configuration adds what is wrong with the configuration of a room to the
	// faults. Nil means the settings of the external API.
	Configuration func(configuration map[string]any, faults *rooms.Faults)
	// SigningAlgorithm is what new signing keys in DB are for: ES256, EdDSA or
	// RS256. Empty means ES256.
	SigningAlgorithm jose.SignatureAlgorithm
	// KeyRotation is how long a signing key in DB signs before the next one
	// takes over while Run runs, at least an hour. Zero means ninety days, less
	// than zero never.
	KeyRotation time.Duration
	// Telephony lets people dial in. The zero value is off.
	Telephony Telephony

	// RateLimits limit each application, and each of its users. The zero value
	// has the defaults; each Server counts for itself.
	RateLimits RateLimits

	// Logger receives one record for each request, without queries, secrets,
	// tokens, PINs and addresses. Nil discards.
	Logger *slog.Logger
	// OnEvent receives every decision and change: tokens issued and refused,
	// users provisioned, signing keys. Each is also one record of the Logger,
	// with the message "audit". Nil means no hook.
	OnEvent delegation.OnEvent
	// OnRoomEvent receives every change of a room made through the API, inside
	// its transaction if Rooms has them. Nil means no hook.
	OnRoomEvent func(ctx context.Context, event rooms.Event) error
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Telephony is how rooms are reached by telephone.
type Telephony struct {
	// Number is dialled, in E.164 form ("+33901020304"). Empty means off.
	Number string
	// Country is the number's country, ISO 3166-1 alpha-2 ("FR"). Required
	// with Number.
	Country string
	// PINLength is the length of the PINs of rooms, 6 to 12. Zero means 10.
	PINLength int
}
