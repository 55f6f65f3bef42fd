package command

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/rates"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
	"github.com/anteroom-go/anteroom/server/internal/lifecycle"
	"github.com/anteroom-go/anteroom/server/internal/logpipe"
	"github.com/anteroom-go/anteroom/server/internal/opening"
	"github.com/anteroom-go/anteroom/server/internal/operators"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/telemetry"
	"github.com/anteroom-go/anteroom/server/internal/usage"
)

type serveCommand struct {
	databaseFlag
	rootKeyFlag
	URL                string             `name:"url" help:"Public base URL: issuer of tokens and start of links. Required." placeholder:"URL" envar:"ANTEROOM_URL"`
	Listen             string             `help:"Address to listen on. Default :8080, with --dev 127.0.0.1:8080." placeholder:"ADDRESS" envar:"ANTEROOM_LISTEN"`
	Admin              string             `name:"admin-listen" help:"Address for operators alone: metrics, readiness with reasons, profiles; off for none. Default 127.0.0.1:9090, or none if that is taken." placeholder:"ADDRESS" envar:"ANTEROOM_ADMIN_LISTEN"`
	RoomURL            string             `name:"room-url" help:"Base of the join links of rooms, or their template with {slug} or {id}, such as https://meet.example.org/join?room={slug}. Default: the public base URL." placeholder:"URL" envar:"ANTEROOM_ROOM_URL"`
	BasePath           string             `help:"Path of the external API below the URL. Default /external-api/v1.0." placeholder:"PATH" envar:"ANTEROOM_BASE_PATH"`
	TokenTTL           flagvalue.Seconds  `name:"token-ttl" help:"Life of tokens, 60s to 1h. Default 10m." default:"10m" placeholder:"DURATION" envar:"ANTEROOM_TOKEN_TTL"`
	DPoPRequired       bool               `name:"dpop-required" help:"Issue and accept no token that is not bound to a key of its application (RFC 9449)." envar:"ANTEROOM_DPOP_REQUIRED"`
	DPoPNonces         bool               `name:"dpop-nonces" help:"Demand that every proof of possession has a nonce that the servers gave out in the last two minutes." envar:"ANTEROOM_DPOP_NONCES"`
	AllowPublic        bool               `help:"Allow rooms that anyone with the link may enter." envar:"ANTEROOM_ALLOW_PUBLIC"`
	DefaultAccessLevel string             `help:"Access level of rooms created without one: public, trusted or restricted. Default trusted." default:"trusted" completion-predictor:"access-levels" placeholder:"LEVEL" envar:"ANTEROOM_DEFAULT_ACCESS_LEVEL"`
	TelephonyNumber    string             `help:"Telephone number to dial in, such as +33901020304. Default: no telephony." placeholder:"NUMBER" envar:"ANTEROOM_TELEPHONY_NUMBER"`
	TelephonyCountry   string             `help:"Country of the number, such as FR." placeholder:"CC" envar:"ANTEROOM_TELEPHONY_COUNTRY"`
	TelephonyLanguage  string             `help:"Language of the voice behind the number, such as fr-FR, for programs for Google Meet." placeholder:"TAG" envar:"ANTEROOM_TELEPHONY_LANGUAGE"`
	SIPGateway         string             `name:"sip-gateway" help:"URI of a SIP gateway that takes the same PINs, such as sip:join@sip.example.org, for programs for Google Meet. Needs a number." placeholder:"URI" envar:"ANTEROOM_SIP_GATEWAY"`
	PINLength          int                `name:"pin-length" help:"Digits of the PINs for dialling in, 6 to 12. Default 10." placeholder:"N" envar:"ANTEROOM_PIN_LENGTH"`
	SigningAlgorithm   string             `help:"Algorithm of new signing keys: ES256, EdDSA or RS256. Default ES256." enum:"ES256,EdDSA,RS256" default:"ES256" placeholder:"ALG" envar:"ANTEROOM_SIGNING_ALGORITHM"`
	KeyRotation        flagvalue.Seconds  `help:"How long a signing key signs before the next one takes over; 0 is for ever. Default 2160h, ninety days." default:"2160h" placeholder:"DURATION" envar:"ANTEROOM_KEY_ROTATION"`
	KeyPublication     *flagvalue.Seconds `help:"How long a new signing key is published before it signs, so that every verifier knows it; at least 6m. Default 24h, or half of the rotation if that is less." placeholder:"DURATION" envar:"ANTEROOM_KEY_PUBLICATION"`
	AuditRetention     flagvalue.Seconds  `help:"How long the record of changes is kept, at least 24h; 0 is for ever. Default 8760h, a year." default:"8760h" placeholder:"DURATION" envar:"ANTEROOM_AUDIT_RETENTION"`
	RateLimits         flagvalue.Limits   `name:"rate-limits" help:"Requests a minute, of one application and of one application for one user (reads, writes, creates) or of one application (tokens), and its expensive requests at once (concurrent): off, or any of them. Default reads=6000/600,writes=1000/100,creates=600/600,tokens=600,concurrent=8." placeholder:"LIMITS" envar:"ANTEROOM_RATE_LIMITS"`
	RateLimitsStore    string             `name:"rate-limits-store" help:"Redis or Valkey in which servers count requests together, redis:// or rediss://. Default: every process counts for itself, as it does while the store is away." placeholder:"URL" envar:"ANTEROOM_RATE_LIMITS_STORE"`
	TrustedProxies     flagvalue.Networks `name:"trusted-proxies" help:"Networks of the proxies in front, such as 10.0.0.0/8,::1: the client's address comes from their X-Forwarded-For. Default: none, the address is the connection's." placeholder:"NETWORKS" envar:"ANTEROOM_TRUSTED_PROXIES"`
	CORSOrigins        []string           `name:"cors-origin" sep:"none" help:"Origin whose pages may call the API with a token from browsers, such as https://app.example.org. May be repeated, or list several. Default: none." placeholder:"ORIGIN" envar:"ANTEROOM_CORS_ORIGIN"`
	LogFormat          string             `help:"Format of the log on standard error: text or json. Default text." enum:"text,json" default:"text" placeholder:"FORMAT" envar:"ANTEROOM_LOG_FORMAT"`
	ExternalAPI        bool               `name:"external-api" help:"Serve the external API. Without it only /healthz and /readyz answer. Default true." default:"true" negatable:"" envar:"ANTEROOM_EXTERNAL_API"`
	Google             bool               `help:"Serve the API of Google Meet (v2) as well, at /google/v2 below the URL, for programs that were written for that." envar:"ANTEROOM_GOOGLE"`
	ShutdownDelay      *flagvalue.Seconds `help:"How long to go on answering after SIGTERM, SIGINT or SIGHUP, while /readyz is 503 and every answer closes its connection, before connections are refused. Default 5s, with --dev 0." placeholder:"DURATION" envar:"ANTEROOM_SHUTDOWN_DELAY"`
	ShutdownTimeout    flagvalue.Seconds  `help:"How long running requests may take to finish after that. Default 30s." default:"30s" placeholder:"DURATION" envar:"ANTEROOM_SHUTDOWN_TIMEOUT"`
	Dev                bool               `help:"Try it out: keeps anteroom.db and anteroom.key in the working directory, registers a demo application and prints how to use it. Not for production." envar:"ANTEROOM_DEV"`
}

// Help is the long help of the command.
func (serveCommand) Help() string {
	return `Try it out without any configuration:

    anteroom serve --dev

In production, behind a proxy that terminates TLS:

    (umask 077; head -c 32 /dev/urandom | base64 > root.key)
    anteroom serve --url https://meet.example.org --root-key-file root.key --database postgres://…`
}

// Run serves until a signal comes.
func (s *serveCommand) Run(ctx context.Context, c *console) error {
	logger := s.openLog(c)
	if s.Dev {
		if err := s.devDefaults(c); err != nil {
			return err
		}
	}
	root, err := s.rootKeys(c)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.address())
	if err != nil {
		return named("--listen (ANTEROOM_LISTEN)", err)
	}
	defer listener.Close()
	if s.URL == "" { // only with --dev
		s.URL = localURL(listener.Addr().String())
	}
	if places.IsPlain(s.URL) {
		logger.Warn("secrets and tokens can be read on their way: --url is http:// and leads to another machine")
	}
	ops, err := operators.Open(ctx, operators.Config{Address: s.Admin, Public: listener.Addr(), Env: c.env, Log: logger})
	if err != nil {
		return err
	}
	defer ops.Close()
	config := s.config(root, logger)
	stop, err := s.shareLimits(&config)
	if err != nil {
		return err
	}
	defer stop()
	db, err := opening.Serving(ctx, s.Database, logger, s.Dev)
	if err != nil {
		return named("--database", err)
	}
	defer db.Close()
	if err := ops.Watch(ctx, &config, db, s.Database); err != nil {
		return err
	}
	if config, err = c.completed(ctx, db, config); err != nil {
		return err
	}
	api, err := server.New(ctx, config)
	if err != nil {
		return explain(err)
	}
	http := api.HTTPServer()
	if s.Dev {
		if http.Handler, err = s.demonstrate(ctx, c, config, api, listener.Addr()); err != nil {
			return explain(err)
		}
	}
	defer lifecycle.Beside(ctx, api.Run)()
	ops.Answer(api)
	signals, stopSignals := lifecycle.Signals()
	defer stopSignals()
	logger.Info("listening", "address", listener.Addr().String(), "url", s.URL)
	serving := lifecycle.Server{HTTP: http, Listener: listener, Drain: api.Drain, Logger: logger,
		Delay: s.delay(), Timeout: time.Duration(s.ShutdownTimeout)}
	serving.HTTP.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	return serving.Serve(ctx, signals)
}

// rootKeys returns the root keys, and names everything that is required and
// missing.
func (s *serveCommand) rootKeys(c *console) (delegation.RootKeys, error) {
	keys, err := s.load(c)
	if err != nil {
		return keys, err
	}
	var missing []string
	if s.URL == "" && !s.Dev {
		missing = append(missing, "--url (ANTEROOM_URL)")
	}
	if keys.IsZero() {
		missing = append(missing, "a root key (ANTEROOM_ROOT_KEY, or --root-key-file, ANTEROOM_ROOT_KEY_FILE)")
	}
	if s.Database == "" {
		missing = append(missing, "--database (ANTEROOM_DATABASE_URL)")
	}
	if missing != nil {
		return keys, usage.Errorf("missing: %s (to try it out: anteroom serve --dev)", strings.Join(missing, ", "))
	}
	return keys, nil
}

func (s *serveCommand) address() string {
	switch {
	case s.Listen != "":
		return s.Listen
	case s.Dev:
		return "127.0.0.1:8080"
	}
	return ":8080"
}

func (s *serveCommand) config(root delegation.RootKeys, logger *slog.Logger) server.Config {
	return server.Config{
		URL: s.URL, RoomURL: s.RoomURL, BasePath: s.BasePath, RootKeys: root, Withdrawn: !s.ExternalAPI, Google: s.Google,
		TokenTTL: time.Duration(s.TokenTTL), AllowPublic: s.AllowPublic,
		DPoPRequired: s.DPoPRequired, DPoPNonces: s.DPoPNonces,
		DefaultAccessLevel: rooms.AccessLevel(s.DefaultAccessLevel), Logger: logger,
		SigningAlgorithm: jose.SignatureAlgorithm(s.SigningAlgorithm), KeyRotation: orEver(s.KeyRotation),
		KeyPublication: orZero(s.KeyPublication), AuditRetention: orEver(s.AuditRetention),
		CORSOrigins: flagvalue.Words(s.CORSOrigins),
		RateLimits:  rates.Limits(s.RateLimits), TrustedProxies: s.TrustedProxies,
		Telephony: server.Telephony{Number: s.TelephonyNumber, Country: s.TelephonyCountry, PINLength: s.PINLength,
			Language: s.TelephonyLanguage, SIPGateway: s.SIPGateway},
	}
}

// orEver returns a duration in the terms of the library, where 0 is the default.
func orEver(value flagvalue.Seconds) time.Duration {
	if value == 0 {
		return -1
	}
	return time.Duration(value)
}

// delay returns how long to go on answering after a signal. Proxies and Kubernetes
// need some seconds to notice that a server is not ready; whoever tries it out does
// not want to wait.
func (s *serveCommand) delay() time.Duration {
	switch {
	case s.ShutdownDelay != nil:
		return time.Duration(*s.ShutdownDelay)
	case s.Dev:
		return 0
	}
	return 5 * time.Second
}

// openLog returns the logger, and has nothing that the command prints stop it: a pipe
// may be read slowly, not at all, or by no one any more.
func (s *serveCommand) openLog(c *console) *slog.Logger {
	lifecycle.SurviveBrokenPipes()
	handler := func(to io.Writer) slog.Handler {
		if s.LogFormat == "json" {
			return slog.NewJSONHandler(to, nil)
		}
		return slog.NewTextHandler(to, nil)
	}
	log := logpipe.New(c.stderr, func(dropped int) []byte {
		var record bytes.Buffer
		slog.New(handler(&record)).Warn("log records were dropped: their reader was too slow or away", "count", dropped)
		return record.Bytes()
	})
	printed := logpipe.New(c.stdout, nil)
	c.stderr, c.stdout = log, printed
	c.flush = func() {
		printed.Flush(time.Second)
		log.Flush(time.Second)
	}
	return telemetry.NewLogger(handler(log))
}
