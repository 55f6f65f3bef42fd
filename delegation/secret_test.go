package delegation_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func base64url(part string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(part) }

func newSecret(t testing.TB) delegation.Secret {
	t.Helper()
	return delegation.NewSecret()
}

func TestSecretFormat(t *testing.T) {
	is := is.New(t)
	form := regexp.MustCompile(`^arsk_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$`)
	seen := map[delegation.Secret]bool{}
	for range 200 {
		secret := newSecret(t)
		is.True(form.MatchString(string(secret))) // id, 256 bits, checksum
		is.True(!seen[secret])                    // never the same
		seen[secret] = true
		id, err := secret.ID()
		is.NoErr(err)
		is.Equal(id, string(secret)[5:15]) // the id is public and selects the row
	}
}

func TestSecretIDRefusesGarbage(t *testing.T) {
	good := string(newSecret(t))
	swap := func(i int, c byte) string {
		changed := []byte(good)
		if changed[i] == c {
			c++
		}
		changed[i] = c
		return string(changed)
	}
	tests := map[string]string{
		"empty": "", "prefix alone": "arsk_", "too short": good[:64], "too long": good + "a",
		"other prefix": "brsk" + good[4:], "prefix in capitals": "ARSK" + good[4:],
		"id changed": swap(5, 'a'), "separator changed": swap(15, '-'), "random part changed": swap(30, 'b'),
		"checksum changed": swap(64, 'c'), "not base62": swap(30, '-'), "NUL": swap(30, 0), "not ASCII": swap(30, 0xc3),
		"a space before": " " + good, "a newline after": good[:64] + "\n",
		"two characters swapped": good[:20] + string(good[21]) + string(good[20]) + good[22:],
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if text == good {
				return // two equal characters were swapped
			}
			id, err := delegation.Secret(text).ID()
			is.New(t).True(errors.Is(err, delegation.ErrSecretFormat) && id == "") // refused before any look-up
		})
	}
}

func TestSecretRedactsItself(t *testing.T) {
	is := is.New(t)
	secret := newSecret(t)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", secret)
		fmt.Fprintf(&out, verb+"\n", struct{ S delegation.Secret }{secret})
		fmt.Fprintf(&out, verb+"\n", []delegation.Secret{secret})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", secret, "request",
		delegation.TokenRequest{Credentials: delegation.Credentials{ClientSecret: secret}})
	text, err := json.Marshal(map[string]any{"s": secret})
	is.NoErr(err)
	out.Write(text)
	is.True(!strings.Contains(out.String(), string(secret)[5:]))                 // in no form
	is.True(!strings.Contains(out.String(), hex.EncodeToString([]byte(secret)))) // nor in hexadecimal
}

func FuzzSecretID(f *testing.F) {
	f.Add(string(newSecret(f)))
	f.Add("arsk__")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := delegation.Secret(text).ID()
		if err == nil && (len(id) != 10 || len(text) != 65) {
			t.Fatalf("%q has the id %q", text, id)
		}
	})
}
