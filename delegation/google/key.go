package google

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// MaxKeys is how many keys of one application may be good at a time.
const MaxKeys = 10

// bits is the size of a key: that of Google's.
const bits = 2048

// ErrKey means that a text is not the public part of a key that [Generate] makes.
var ErrKey = errors.New("google: not a public RSA key of 2048 bits")

// Key is the public part of the key of an application.
type Key struct {
	// ID is the kid: 40 hexadecimal digits, which depend on the key alone.
	ID string
	// Public verifies.
	Public *rsa.PublicKey
	// Label is the operator's note on it.
	Label string
	// CreatedAt is in UTC, with microseconds.
	CreatedAt time.Time
	// EndedAt is when an operator ended it; zero means that it is good.
	EndedAt time.Time
	// LastUsedAt is when it was last used, to the hour; zero means never, as far as the directory knows.
	LastUsedAt time.Time
}

// Keys finds the keys of applications. Implementations are safe for concurrent use, and answer from
// the present state: the first assertion that comes after a key was ended is refused. The conformance
// suite is googletest.Keys.
type Keys interface {
	// GoogleKeys returns the keys of the application with exactly this client id that have not been
	// ended, at most [MaxKeys]; none if there is no such application.
	GoogleKeys(ctx context.Context, clientID string) ([]Key, error)
	// GoogleKeyUsed notes that a key of the application was used at a time, unless a later use is noted. It is
	// called if the key has not been used within the hour before, by its LastUsedAt. A key that is not there is
	// none of its errors.
	GoogleKeyUsed(ctx context.Context, clientID, keyID string, at time.Time) error
}

// Generate makes a key. The private part is for [NewFile] alone.
func Generate() (Key, *rsa.PrivateKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return Key{}, nil, fmt.Errorf("google: generating a key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return Key{}, nil, fmt.Errorf("google: generating a key: %w", err)
	}
	return Key{ID: idOf(der), Public: &private.PublicKey}, private, nil
}

func idOf(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:20])
}

// MarshalPublic returns the public part as a PKIX structure in DER.
func (k Key) MarshalPublic() ([]byte, error) { return x509.MarshalPKIXPublicKey(k.Public) }

// ParsePublic returns the key with a public part, as [Key.MarshalPublic] writes it. It returns
// [ErrKey] for everything else.
func ParsePublic(der []byte) (Key, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrKey, err)
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok || public.N.BitLen() != bits {
		return Key{}, ErrKey
	}
	return Key{ID: idOf(der), Public: public}, nil
}

// File is a service-account key file, as Google's client libraries read it. It holds the private
// part of the key.
type File struct {
	Type           string `json:"type"`
	ProjectID      string `json:"project_id"`
	PrivateKeyID   string `json:"private_key_id"`
	PrivateKey     string `json:"private_key"`
	ClientEmail    string `json:"client_email"`
	ClientID       string `json:"client_id"`
	AuthURI        string `json:"auth_uri"`
	TokenURI       string `json:"token_uri"`
	UniverseDomain string `json:"universe_domain"`
}

// NewFile returns the file of a key of an application, which asks for tokens at an endpoint. Some
// libraries refuse to act for a user with another universe_domain than googleapis.com.
func NewFile(clientID string, key Key, private *rsa.PrivateKey, issuer, tokenEndpoint string) (File, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return File{}, fmt.Errorf("google: writing a key: %w", err)
	}
	return File{
		Type: "service_account", ProjectID: "anteroom", PrivateKeyID: key.ID, ClientEmail: clientID, ClientID: clientID,
		PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		AuthURI:    issuer, TokenURI: tokenEndpoint, UniverseDomain: "googleapis.com",
	}, nil
}

// Write returns the file as the JSON to store.
func (f File) Write() ([]byte, error) {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("google: writing a key: %w", err)
	}
	return append(text, '\n'), nil
}

// String keeps the private key out of logs.
func (f File) String() string { return "google.File{" + f.ClientID + " " + f.PrivateKeyID + "}" }

// GoString keeps the private key out of logs.
func (f File) GoString() string { return f.String() }
