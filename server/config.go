package server

import (
	"context"
	"io/fs"
	"log/slog"
	"net/netip"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/dpop"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/once"
	"github.com/anteroom-go/anteroom/rooms/stats"
	"github.com/anteroom-go/anteroom/server/calls"
)

// DefaultBasePath is where the external API is if [Config] has no BasePath.
const DefaultBasePath = "/external-api/v1.0"

// Config configures a [Server].
type Config struct {
	// URL is the public base URL: the issuer of tokens and the start of every link. Absolute, http or https, without query
	// or fragment; a trailing slash is dropped. If it has a path, the server answers below that path. Required. Nothing in
	// a request can change it.
	URL string
	// RoomURL is the base of join links, RoomURL/slug, or their template: an absolute http or https URL with {slug} or
	// {id} once, in its path, its query or its fragment, such as https://meet.example.org/join?room={slug}. The API finds
	// rooms by such links as well. Empty means URL.
	RoomURL string
	// BasePath is the path of the external API below URL. Empty means DefaultBasePath.
	BasePath string

	// Program names the program that serves, such as meet. If Users, Applications, Keys or Rooms are replaced, New notes
	// that in DB, so that the program anteroom refuses what it does not know, and names the program that does. Empty means
	// "a host".
	Program string

	// Withdrawn takes the external API away, with every document about it: its routes answer 404. What remains are
	// /healthz and /readyz.
	Withdrawn bool

	// RootKeys are the secrets of the deployment. The present one seals; those that it replaced open what they sealed,
	// which is then sealed anew. Required.
	RootKeys delegation.RootKeys
	// DB is the migrated database behind every contract that is nil below. Required unless Applications, Users, Keys and
	// Rooms are all replaced. New checks the settings of its sessions that the SQL relies on.
	DB bun.IDB

	// Applications finds applications and what was taken back from them. Nil means those in DB.
	Applications delegation.Applications
	// RememberApplications is how long Applications of the host may be remembered: for so long, what was taken back
	// elsewhere may still be in force. Zero means that they are asked in every request. Those in DB are remembered
	// without such a delay, while Run runs.
	RememberApplications time.Duration
	// Records, Assertions, Proofs and GoogleKeys belong to Applications. If that is replaced, nil means that uses of
	// secrets are not kept and imported secrets are refused, that applications authenticate by secrets only, that no
	// token is bound to a key, and that programs for Google's services get none; else it means those in DB.
	Records    delegation.Records
	Assertions delegation.Assertions
	Proofs     dpop.Uses
	GoogleKeys google.Keys
	// Users finds users. Nil means those in DB.
	Users delegation.Users
	// RememberUsers is RememberApplications for Users of the host.
	RememberUsers time.Duration
	// Provisioner creates users. If Users is replaced, nil means that unknown users are refused; else it means that they
	// are created in DB.
	Provisioner delegation.Provisioner

	// Keys signs tokens. Nil means the keys in DB, which the server makes and rotates.
	Keys delegation.Keys

	// Rooms keeps rooms. The zero value means those in DB. Without Rooms.Attendees the endpoints of attendees answer 501.
	// Rooms.IDs and Rooms.Slugs are the forms of their ids and slugs, also of those in DB, where ids are ordered as texts.
	Rooms rooms.Stores
	// Requests keeps the answers to requests that may be sent again. If Rooms is replaced, nil means that a request with
	// an Idempotency-Key is answered 501; else it means those in DB.
	Requests once.Store
	// Statistics counts rooms. If Rooms is replaced, nil means that the endpoint of statistics answers 501; else it means
	// those in DB.
	Statistics stats.Store

	// TokenTTL is the life of tokens, one minute to one hour in whole seconds. Zero means ten minutes.
	TokenTTL time.Duration
	// DPoPRequired accepts and issues no token that is not bound to a key (RFC 9449), whatever the application. DPoPNonces
	// also demands that every proof of possession has a nonce which the servers under these RootKeys gave out in the last
	// two minutes. Both need Proofs.
	DPoPRequired, DPoPNonces bool
	// AllowPublic allows rooms that anyone with the link may enter.
	AllowPublic bool
	// DefaultAccessLevel is the level of rooms created without one. Empty means rooms.Trusted.
	DefaultAccessLevel rooms.AccessLevel
	// Configuration adds what is wrong with the configuration of a room to the faults. Nil means the settings of the
	// external API.
	Configuration func(configuration map[string]any, faults *rooms.Faults)
	// SigningAlgorithm is what new signing keys in DB are for: ES256, EdDSA or RS256. Empty means ES256.
	SigningAlgorithm jose.SignatureAlgorithm
	// KeyRotation is how long a signing key in DB signs before the next one takes over while Run runs, at least an hour.
	// Zero means ninety days, less than zero never.
	KeyRotation time.Duration
	// KeyPublication is how long a new signing key in DB is published before it signs, so that verifiers know it: at least
	// six minutes. Zero means a day, or half of KeyRotation if that is less.
	KeyPublication time.Duration
	// AuditRetention is how long DB keeps the record of a change by an operator or by the server, at least a day, see
	// package audit. Zero means a year, less than zero for ever.
	AuditRetention time.Duration
	// Google serves the API of Google Meet (v2) over the same rooms, at /google/v2 below URL, for programs that were
	// written for that, and at /v2 of the host for those that take a host and no path. See [Server.Google].
	Google bool
	// Calls tells that API of the calls in rooms. The zero value means that none runs.
	Calls calls.Source
	// Telephony lets people dial in. The zero value is off.
	Telephony Telephony
	// Invitations are the texts of invitations. The zero value is ours, in English and French.
	Invitations Invitations

	// RateLimits limit each application, and each of its users, unless an application has limits of its own. What is zero
	// has the default of [rates.Default].
	RateLimits rates.Limits
	// RateCounter counts requests for every server that shares it. While it is away the server counts for itself, and
	// tells so in the log. Nil means that each Server counts in its own memory. How many expensive requests are answered
	// at once, each server counts for itself in any case.
	RateCounter rates.Counter

	// Authenticators accept credentials beside our tokens on the routes that need one, never at the token endpoint. A
	// request with a token is judged by the token alone; any other one is shown to them in order, until one returns
	// something else than ErrNoCredentials. What it returns permits no more than the application and the user may do at
	// this moment, by [delegation.Authority.Authorize], and counts against the application's limits. A change that the
	// page of another site asks for is refused, as browsers send some credentials by themselves. None means tokens only.
	Authenticators []Authenticator
	// CORSOrigins are the origins whose pages may call the routes that need a token from browsers, such as
	// https://app.example.org: exact, http or https, without a path. No page may call the token endpoint, which would need
	// a secret, and none gets an answer by what its browser sends by itself. None means no page.
	CORSOrigins []string

	// TrustedProxies are the networks of the proxies in front of the server: it takes the client's address from their
	// X-Forwarded-For fields, for the log and for counting failures. The field Forwarded (RFC 7239) is not read. None
	// means that nothing of a request is believed, and that the address is the connection's.
	TrustedProxies []netip.Prefix

	// Logger receives one record for each request, without queries, secrets, tokens, PINs and addresses. Nil discards.
	Logger *slog.Logger
	// OnEvent receives every decision and change: tokens issued and refused, users provisioned, signing keys. Each is also
	// one record of the Logger, with the message "audit", but without By. Nil means no hook.
	OnEvent func(ctx context.Context, event delegation.Event)
	// OnRoomEvent receives every change of a room made through the API, inside its transaction: with an error it undoes
	// the change. It is called again if PostgreSQL ended that transaction in favour of another and it is tried again. It
	// needs Rooms.Transactor. Nil means no hook.
	OnRoomEvent func(ctx context.Context, event rooms.Event) error
	// Observer receives what the server does, for metrics and traces. The zero value receives nothing.
	Observer Observer
	// Ready decides what /readyz answers: 200, or 503 if Ready returns an error, which the log has. It is called for each
	// request, and should bound its own work. Nil means that DB must be reachable and Keys have a key.
	Ready func(ctx context.Context) error
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Telephony is how rooms are reached by telephone.
type Telephony struct {
	// Number is dialled, in E.164 form ("+33901020304"). Empty means off.
	Number string
	// Country is the number's country, ISO 3166-1 alpha-2 ("FR"). Required with Number.
	Country string
	// PINLength is the length of the PINs of rooms, 6 to 12. Zero means 10.
	PINLength int
	// Language is that of the voice behind the number (BCP 47), and SIPGateway the URI at which rooms are reached by SIP
	// with the same PINs ("sip:join@sip.example.org"). Both are shown by the API of Google Meet alone, need Number, and
	// may be empty.
	Language, SIPGateway string
}

// Invitations are the languages and the texts of invitations. New writes an invitation of every kind in every language,
// and returns a [*ConfigError] that names the file and what it lacks.
type Invitations struct {
	// Languages are tags such as de or pt-BR (BCP 47), the default first. A caller gets the one that suits their
	// Accept-Language best. Empty means en and fr.
	Languages []string
	// Templates has files at its root. The words of a language are in de.json, an object with meeting, video, phone, pin,
	// dial (with {number} and {pin}), wait, expires and moment (a layout of package time). The text is written by de.txt
	// (text/template), or invitation.txt for every language that has none; the HTML by de.html or invitation.html
	// (html/template). What is not there is ours.
	//
	// A template has .Name, .URL, .Slug, .Waits (some people have to be let in), .Until (when the link ends, or empty),
	// .DialIn (nil without a telephone) with .Number, .Country, .PIN and .Sequence (for a tel: link), .Language, and
	// .Words.Video and so on. It writes at most 32 KiB. The marks of an invitation, what stands around it in a calendar,
	// and all escaping are ours.
	Templates fs.FS
}
