package database

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/anteroom-go/anteroom/server/database/session"
)

// Errors of a PostgreSQL URL, which is never shown. The first stands for all that
// pgx has to tell about a malformed one, since that quotes parts of it.
var (
	errMalformed = errors.New("the PostgreSQL URL is malformed, or names a file that cannot be read " +
		"(it is not shown, it may hold a password)")
	errAt = errors.New("the PostgreSQL URL has an @ that does not end the user and the password: " +
		"in them and after them an @ is written %40, a / %2F and a : %3A")
	errHost     = errors.New("the PostgreSQL URL has a host that is neither a name nor an address nor an absolute path")
	errPassword = errors.New("the PostgreSQL URL has a parameter that is named like a secret, " +
		"but is none of password, passfile and sslpassword")
	errPoolSize  = errors.New("pool_max_conns must be a number from 2 to 1000")
	errSilence   = errors.New("silence_timeout must be a number of seconds from 0 to 3600")
	errPasswords = errors.New("the PostgreSQL URL has several hosts, for which the passfile has different passwords: " +
		"the first host's would be sent to all of them")
)

// postgresSettings are what a URL has to tell.
type postgresSettings struct {
	config      *pgx.ConnConfig
	connections int           // of the pool, at most
	silence     time.Duration // after which a connection is given up; zero is never
}

// postgresConfig reads the URL.
func postgresConfig(text string) (*postgresSettings, error) {
	if strayAt(text) {
		return nil, errAt
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, errMalformed
	}
	connections, err := ownParameter(config, "pool_max_conns", postgresConnections, 2, 1000, errPoolSize)
	if err != nil {
		return nil, err
	}
	silent, err := ownParameter(config, "silence_timeout", int(session.DefaultSilence/time.Second), 0, 3600, errSilence)
	if err == nil {
		err = errors.Join(checkHosts(config), checkPasswords(text, config), checkParameters(config))
	}
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "anteroom"
	}
	settings := &postgresSettings{config, connections, time.Duration(silent) * time.Second}
	given := config.RuntimeParams[statementTimeout] != ""
	if !given && !strings.Contains(config.RuntimeParams["options"], statementTimeout) {
		config.RuntimeParams[statementTimeout] = cutAfter(settings.silence)
	}
	return settings, nil
}

// strayAt reports whether an @ stands elsewhere than at the end of the user and the
// password. Then a part of the password might be taken for a host, which would be
// looked for in the network.
func strayAt(text string) bool {
	return strings.Contains(afterUser(text), "@")
}

// afterUser returns the text of a URL after the user and the password, as pgx finds
// their end.
func afterUser(text string) string {
	_, rest, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(rest, "@/"); end >= 0 && rest[end] == '@' {
		return rest[end+1:]
	}
	return rest
}

// ownParameter takes a parameter of ours out of the configuration, in which pgx leaves
// everything for PostgreSQL that it does not know.
func ownParameter(config *pgx.ConnConfig, name string, missing, least, most int, wrong error) (int, error) {
	text, found := config.RuntimeParams[name]
	if !found {
		return missing, nil
	}
	delete(config.RuntimeParams, name)
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		return 0, wrong
	}
	return value, nil
}

// hostName reports whether a text can be the name of a host.
func hostName(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
	return text != "" && strings.Trim(text, letters+".-") == "" && strings.ContainsAny(text[:1], letters)
}

// checkHosts returns an error if a host is none that can be looked for.
func checkHosts(config *pgx.ConnConfig) error {
	for _, host := range hosts(config) {
		address, _, _ := strings.Cut(host.Host, "%") // before the zone of an IPv6 address
		network, _ := pgconn.NetworkAddress(host.Host, host.Port)
		if network != "unix" && !hostName(host.Host) && net.ParseIP(address) == nil {
			return errHost
		}
	}
	return nil
}

// hosts returns the hosts to which a connection is tried, in that order.
func hosts(config *pgx.ConnConfig) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: config.Host, Port: config.Port}
	return append([]*pgconn.FallbackConfig{first}, config.Fallbacks...)
}

// checkPasswords returns an error if the password of the first host would be sent
// to one for which the passfile has another: pgx looks it up once.
func checkPasswords(text string, config *pgx.ConnConfig) error {
	joint := "?"
	if strings.Contains(afterUser(text), "?") {
		joint = "&"
	}
	for _, host := range hosts(config)[1:] {
		query := url.Values{"host": {host.Host}, "port": {strconv.Itoa(int(host.Port))}} // the last ones count
		alone, err := pgx.ParseConfig(text + joint + strings.ReplaceAll(query.Encode(), "+", "%20"))
		if err != nil || alone.Password != config.Password {
			return errPasswords
		}
	}
	return nil
}

// checkParameters returns an error if a parameter that would be sent to the server,
// before it has proved who it is, looks like a secret.
func checkParameters(config *pgx.ConnConfig) error {
	for name := range config.RuntimeParams {
		for _, secret := range []string{"pass", "pwd", "secret", "token", "key"} {
			if strings.Contains(strings.ToLower(name), secret) {
				return errPassword
			}
		}
	}
	return nil
}
