package oauth_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server/internal/oauth"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

func basic(text string) []string {
	return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(text))}
}

// TestReadings: which credentials HTTP Basic may mean.
func TestReadings(t *testing.T) {
	made := string(delegation.NewSecret())
	type reading struct{ id, secret string }
	for name, test := range map[string]struct {
		body, header string
		want         []reading
	}{
		"plain":                        {"", "app:secret", []reading{{"app", "secret"}}},
		"a secret that was made here":  {"", "app:" + made, []reading{{"app", made}}},
		"such a one, encoded":          {"", "app:" + strings.ReplaceAll(made, "_", "%5F"), []reading{{"app", made}}},
		"such a one, a foreign id":     {"", "a%70p:" + made, []reading{{"app", made}, {"a%70p", made}}},
		"a plus":                       {"", "app:a+b", []reading{{"app", "a b"}, {"app", "a+b"}}},
		"a percent sign":               {"", "app:100%", []reading{{"app", "100%"}}},
		"an escape":                    {"", "app:%41", []reading{{"app", "A"}, {"app", "%41"}}},
		"an escape that is not usable": {"", "app:%00", []reading{{"app", "%00"}}},
		"a plus at the end":            {"", "app:a+", []reading{{"app", "a"}, {"app", "a+"}}},
		"a colon in the secret":        {"", "app:a:b", []reading{{"app", "a:b"}}},
		"blanks at the ends":           {"", " app : a \r\n", []reading{{"app", "a"}}},
		"the body tells which":         {"client_secret=a%2Bb", "app:a+b", []reading{{"app", "a+b"}}},
		"the body has the id":          {"client_id=app", ":secret", []reading{{"app", "secret"}}},
		"the body has the secret":      {"client_secret=s", "app:", []reading{{"app", "s"}}},
		"the body has all":             {"client_id=app&client_secret=s", ":", []reading{{"app", "s"}}},
		"there is none":                {"", ":", []reading{{"", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			request, err := oauth.Sent{Authorization: basic(test.header), Origin: "here",
				Body: wire.Body{Text: []byte(test.body), Media: wire.MediaForm}}.ForToken()
			is.NoErr(err)
			got := []reading{{request.ClientID, string(request.ClientSecret)}}
			if other := request.Otherwise; other != nil {
				got = append(got, reading{other.ClientID, string(other.ClientSecret)})
				is.Equal(other.Origin, "here") // it waits for the same turn
			}
			is.Equal(got, test.want)
			is.True(request.Challenge) // HTTP Basic was tried
		})
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("grant_type=client_credentials&scope=a%40b.c&client_id=x&client_secret=y", false, "Basic eDp5", "")
	f.Add(`{"grant_type":"client_credentials","scope":null,"x":[{}],"client_id":"x"}`, true, "Bearer x", "x=y")
	f.Add("\xef\xbb\xbf{}", true, "basic eDp5, Basic eDp5", "client_id")
	f.Add("scope=&scope=%zz&SCOPE=1;x", false, "Basic OiU=", "%zz&;")
	f.Fuzz(func(t *testing.T, text string, object bool, authorization, query string) {
		is := is.New(t)
		sent := oauth.Sent{Body: wire.Body{Text: []byte(text), Media: wire.MediaForm},
			Authorization: []string{authorization}, Query: query}
		if object {
			sent.Body.Media = wire.MediaJSON
		}
		request, err := sent.ForToken()
		_ = request.ClaimedID()
		if err == nil {
			_, err = request.TokenRequest()
		}
		if err == nil {
			values, parsed := url.ParseQuery(text)
			is.True(object || parsed != nil || len(values["grant_type"]) > 0) // nothing is made up
			return
		}
		var answer wire.Error
		var refusal *delegation.Refusal
		is.True(errors.As(err, &answer) && answer.Status == 400 && strings.HasSuffix(answer.Detail, "."))
		is.True(errors.As(err, &refusal) && refusal.Reason != "") // each fault has a text and a reason
		_, err = sent.AboutToken()
		is.True(err == nil || errors.As(err, &answer))
	})
}
