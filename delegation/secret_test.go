package delegation_test

import (
	"bytes"
	"crypto/rand"
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
	secret, err := delegation.NewSecret(rand.Reader)
	is.New(t).NoErr(err)
	return secret
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

func TestSecretAtTheEdges(t *testing.T) {
	is := is.New(t)
	for _, bits := range []byte{0x00, 0xf0} { // least and great: always 43 digits
		secret, err := delegation.NewSecret(bytes.NewReader(bytes.Repeat([]byte{bits}, 64)))
		if bits == 0xf0 {
			is.NoErr(err)
		}
		if err == nil {
			_, err = secret.ID()
			is.NoErr(err)
			is.Equal(len(secret), 65)
		}
	}
	_, err := delegation.NewSecret(bytes.NewReader(nil))
	is.True(err != nil) // no randomness, no secret
	_, err = delegation.NewClientID(bytes.NewReader(bytes.Repeat([]byte{0xff}, 100)))
	is.True(err != nil) // bytes that would bias the digits are not used
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
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", secret, "request", delegation.TokenRequest{Credentials: delegation.Credentials{ClientSecret: secret}})
	text, err := json.Marshal(map[string]any{"s": secret})
	is.NoErr(err)
	out.Write(text)
	is.True(!strings.Contains(out.String(), string(secret)[5:]))                 // in no form
	is.True(!strings.Contains(out.String(), hex.EncodeToString([]byte(secret)))) // nor in hexadecimal
}

func TestMACIsBound(t *testing.T) {
	is := is.New(t)
	pepper, err := delegation.NewRootKey().Pepper()
	is.NoErr(err)
	other, err := delegation.NewRootKey().Pepper()
	is.NoErr(err)
	secret := newSecret(t)
	mac := pepper.MAC("app_a", secret)
	is.Equal(mac, pepper.MAC("app_a", secret))                   // the same every time
	is.Equal(len(mac), 32)                                       // HMAC-SHA-256
	is.True(!bytes.Equal(mac, pepper.MAC("app_b", secret)))      // to the application
	is.True(!bytes.Equal(mac, pepper.MAC("app_a", secret+"x")))  // to the secret and its id
	is.True(!bytes.Equal(mac, pepper.MAC("app_aa", secret[1:]))) // without ambiguity between the two
	is.True(!bytes.Equal(mac, other.MAC("app_a", secret)))       // to the root key
}

func TestClientID(t *testing.T) {
	is := is.New(t)
	form := regexp.MustCompile(`^app_[0-9A-Za-z]{22}$`)
	id, err := delegation.NewClientID(rand.Reader)
	is.NoErr(err)
	is.True(form.MatchString(id)) // 22 base62 characters, 130 bits
}

func TestParseRootKey(t *testing.T) {
	is := is.New(t)
	raw := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	std, err := delegation.ParseRootKey(base64.StdEncoding.EncodeToString(raw))
	is.NoErr(err)
	for _, text := range []string{
		base64.URLEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)), hex.EncodeToString(raw) + "\n", " " + string(std.Encode()) + "\r\n",
	} {
		key, err := delegation.ParseRootKey(text)
		is.NoErr(err)
		is.Equal(key, std) // one key, however written
	}
	for _, text := range []string{
		"", "hunter2", strings.Repeat("a", 31), strings.Repeat("a", 32), hex.EncodeToString(raw[:31]), hex.EncodeToString(raw) + "00",
		base64.StdEncoding.EncodeToString(raw[:31]), base64.StdEncoding.EncodeToString(append(raw, 1)), strings.Repeat("00", 32), strings.Repeat("!", 44),
	} {
		_, err := delegation.ParseRootKey(text)
		is.True(errors.Is(err, delegation.ErrRootKey))              // 32 bytes that are not all zero
		is.True(text == "" || !strings.Contains(err.Error(), text)) // never repeated
	}
	is.True(!strings.Contains(fmt.Sprintf("%v %+v %#v %s", std, std, std, std), hex.EncodeToString(raw[:4]))) // redacts itself
}

func TestDerivedKeysDiffer(t *testing.T) {
	is := is.New(t)
	key := delegation.NewRootKey()
	a, err := key.Derive("a", 32)
	is.NoErr(err)
	b, err := key.Derive("b", 32)
	is.NoErr(err)
	is.True(!bytes.Equal(a, b)) // one key for each purpose
	_, err = delegation.RootKey{}.Derive("a", 32)
	is.True(errors.Is(err, delegation.ErrRootKey)) // nothing comes from nothing
	_, err = delegation.RootKey{}.Pepper()
	is.True(errors.Is(err, delegation.ErrRootKey))
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
