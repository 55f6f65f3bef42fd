package delegation_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
)

func TestMACIsBound(t *testing.T) {
	is := is.New(t)
	keys, other := delegation.NewRootKeys(), delegation.NewRootKeys()
	secret := delegation.NewSecret()
	mac := keys.MAC("app_a", secret)
	is.Equal(mac, keys.MAC("app_a", secret))                   // the same every time
	is.Equal(len(mac), 32)                                     // HMAC-SHA-256
	is.True(!bytes.Equal(mac, keys.MAC("app_b", secret)))      // to the application
	is.True(!bytes.Equal(mac, keys.MAC("app_a", secret+"x")))  // to the secret and its id
	is.True(!bytes.Equal(mac, keys.MAC("app_aa", secret[1:]))) // without ambiguity between the two
	is.True(!bytes.Equal(mac, other.MAC("app_a", secret)))     // to the root key
	is.Equal(delegation.RootKeys{}.MAC("app_a", secret), nil)  // and to nothing without one
}

// replaced returns root keys of which the second replaced the first.
func replaced(t *testing.T, first, second delegation.RootKeys) delegation.RootKeys {
	t.Helper()
	both, err := delegation.ParseRootKeys(string(second.Encode()) + "\n" + string(first.Encode()))
	is.New(t).NoErr(err)
	return both
}

func TestMatches(t *testing.T) {
	first, second := delegation.NewRootKeys(), delegation.NewRootKeys()
	both, secret := replaced(t, first, second), delegation.NewSecret()
	mac := func(keys delegation.RootKeys) []byte { return keys.MAC("app", secret) }
	tests := map[string]struct {
		keys           delegation.RootKeys
		mac            []byte
		present, match bool
	}{
		"the present key made it":     {both, mac(second), true, true},
		"a former key made it":        {both, mac(first), false, true},
		"an unknown key made it":      {first, mac(second), false, false},
		"both store with the present": {both, mac(both), true, true},
		"there is none":               {both, nil, false, false},
		"an empty one":                {both, []byte{}, false, false},
		"zeroes":                      {both, make([]byte, 32), false, false},
		"half of it":                  {both, mac(second)[:16], false, false},
		"more than it":                {both, append(mac(second), 0), false, false},
		"no keys":                     {delegation.RootKeys{}, mac(second), false, false},
		"no keys and no MAC":          {delegation.RootKeys{}, delegation.RootKeys{}.MAC("app", secret), false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			present, match := test.keys.Matches("app", secret, test.mac)
			is.Equal(match, test.match)     // exactly the secret of the row
			is.Equal(present, test.present) // so that a row under a former key is renewed
			_, match = test.keys.Matches("app", secret+"x", test.mac)
			is.True(!match) // never another secret
			_, match = test.keys.Matches("other", secret, test.mac)
			is.True(!match) // nor another application
		})
	}
}

func TestParseRootKeys(t *testing.T) {
	is := is.New(t)
	raw := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	std, err := delegation.ParseRootKeys(base64.StdEncoding.EncodeToString(raw))
	is.NoErr(err)
	for _, text := range []string{
		base64.URLEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw),
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)), hex.EncodeToString(raw) + "\n",
		" " + string(std.Encode()) + "\r\n",
	} {
		key, err := delegation.ParseRootKeys(text)
		is.NoErr(err)
		is.Equal(key, std) // one key, however written
	}
	for _, text := range []string{
		"", " \n", "hunter2", strings.Repeat("a", 31), strings.Repeat("a", 32), hex.EncodeToString(raw[:31]),
		hex.EncodeToString(raw) + "00", base64.StdEncoding.EncodeToString(raw[:31]),
		base64.StdEncoding.EncodeToString(append(raw, 1)),
		strings.Repeat("00", 32), strings.Repeat("!", 44), string(std.Encode()) + " hunter2",
	} {
		keys, err := delegation.ParseRootKeys(text)
		is.True(errors.Is(err, delegation.ErrRootKeys))                                // 32 bytes that are not all zero
		is.True(strings.TrimSpace(text) == "" || !strings.Contains(err.Error(), text)) // never repeated
		is.True(keys.IsZero())                                                         // and no key
	}
}

func TestRootKeysAreReadBack(t *testing.T) {
	is := is.New(t)
	first, second := delegation.NewRootKeys(), delegation.NewRootKeys()
	both := replaced(t, first, second)
	again, err := delegation.ParseRootKeys(string(both.Encode()))
	is.NoErr(err)
	is.Equal(again, both)            // as they were written
	is.Equal(both.ID(), second.ID()) // the first one is the present one
	is.True(first.ID() != second.ID() && len(first.ID()) == 8)
	is.Equal(delegation.RootKeys{}.Encode(), delegation.Secret(""))
	is.Equal(delegation.RootKeys{}.ID(), "") // nothing comes from nothing
}

func TestDerivedKeysDiffer(t *testing.T) {
	is := is.New(t)
	first, second := delegation.NewRootKeys(), delegation.NewRootKeys()
	a, err := first.Derive("a", 32)
	is.NoErr(err)
	b, err := first.Derive("b", 32)
	is.NoErr(err)
	is.True(!bytes.Equal(a, b)) // one key for each purpose
	all, err := replaced(t, first, second).DeriveAll("a", 32)
	is.NoErr(err)
	is.Equal(len(all), 2)
	is.Equal(all[1], a) // the present one first
	_, err = delegation.RootKeys{}.Derive("a", 32)
	is.True(errors.Is(err, delegation.ErrRootKeys)) // nothing comes from nothing
	_, err = delegation.RootKeys{}.DeriveAll("a", 32)
	is.True(errors.Is(err, delegation.ErrRootKeys))
	_, err = first.Derive("a", 1<<20)
	is.True(err != nil) // more than HKDF gives
}

func TestRootKeysRedactThemselves(t *testing.T) {
	is := is.New(t)
	raw := bytes.Repeat([]byte{0xfb, 0xef}, 16)
	keys, err := delegation.ParseRootKeys(hex.EncodeToString(raw))
	is.NoErr(err)
	hidden := struct{ keys delegation.RootKeys }{keys}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"} {
		fmt.Fprintf(&out, verb+"\n", keys)
		fmt.Fprintf(&out, verb+"\n", &keys)
		fmt.Fprintf(&out, verb+"\n", hidden) // package fmt calls no method of an unexported field
		fmt.Fprintf(&out, verb+"\n", delegation.Config{RootKeys: keys})
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "keys", keys, "config", map[string]any{"keys": keys})
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "keys", keys)
	text, err := json.Marshal(map[string]any{"keys": keys})
	is.NoErr(err)
	out.Write(text)
	printed := strings.ToLower(out.String())
	for _, form := range []string{"fbef", "fb, 0xef", "251 239", "373 357", "11111011 11101111", "++/"} {
		if i := strings.Index(printed, form); i >= 0 {
			t.Errorf("%q is shown in %q", form, printed[max(0, i-50):i+50]) // in no form
		}
	}
}
