package dpop_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/delegation/dpop"
)

func hostileClaims(d *door) map[string]hostile {
	with := func(fault dpop.Fault, changes object) hostile {
		return hostile{[]string{d.Sign(d.header(nil), d.claims(changes))}, fault}
	}
	header, claims := text(d.header(nil)), text(d.claims(nil))
	capitals := strings.Replace(claims, `"htm"`, `"HTM"`, 1)
	used := d.proof()
	d.mustAccept(used)
	id := d.claims(nil)["jti"]
	d.mustAccept(d.Sign(d.header(nil), d.claims(object{"jti": id})))
	return map[string]hostile{
		"a replay":                     {[]string{used}, dpop.Used},
		"its jti in another proof":     with(dpop.Used, object{"jti": id, "x": 1}),
		"its jti at another time":      with(dpop.Used, object{"jti": id, "iat": d.now.Unix() - 30}),
		"no jti":                       with(dpop.Claims, object{"jti": nil}),
		"an empty jti":                 with(dpop.Claims, object{"jti": ""}),
		"jti a number":                 with(dpop.Claims, object{"jti": 1}),
		"jti null":                     with(dpop.Claims, object{"jti": json.RawMessage("null")}),
		"jti with a NUL":               with(dpop.Claims, object{"jti": "a\x00"}),
		"no htm":                       with(dpop.Claims, object{"htm": nil}),
		"htm a list":                   with(dpop.Claims, object{"htm": []string{"POST"}}),
		"another method":               with(dpop.Method, object{"htm": "PUT"}),
		"the method in lower case":     with(dpop.Method, object{"htm": "post"}),
		"no ath":                       with(dpop.Ath, object{"ath": nil}),
		"ath of another token":         with(dpop.Ath, object{"ath": hash("another.access.token")}),
		"ath in hexadecimal":           with(dpop.Ath, object{"ath": "4f1d"}),
		"ath with padding":             with(dpop.Ath, object{"ath": hash(token) + "="}),
		"the token itself as ath":      with(dpop.Ath, object{"ath": token}),
		"ath a list":                   with(dpop.Claims, object{"ath": []string{hash(token)}}),
		"nonce a number":               with(dpop.Claims, object{"nonce": 1}),
		"a payload that is a list":     {[]string{d.SignText(header, `[]`)}, dpop.Claims},
		"a payload that is no JSON":    {[]string{d.SignText(header, `jti`)}, dpop.Claims},
		"a payload with htm twice":     {[]string{d.SignText(header, `{"htm":"POST",`+claims[1:])}, dpop.Claims},
		"a payload with HTM beside it": {[]string{d.SignText(header, capitals)}, dpop.Claims},
		"a payload that is not UTF-8":  {[]string{d.SignText(header, "{\"x\":\"\xff\","+claims[1:])}, dpop.Claims},
	}
}

func hash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func hostileURLs(d *door) map[string]hostile {
	with := func(url any) hostile {
		return hostile{[]string{d.Sign(d.header(nil), d.claims(object{"htu": url}))}, dpop.URL}
	}
	tests := map[string]hostile{
		"no htu":       {[]string{d.Sign(d.header(nil), d.claims(object{"htu": nil}))}, dpop.Claims},
		"htu a list":   {[]string{d.Sign(d.header(nil), d.claims(object{"htu": []string{address}}))}, dpop.Claims},
		"an empty htu": {[]string{d.Sign(d.header(nil), d.claims(object{"htu": ""}))}, dpop.Claims},
	}
	for name, url := range map[string]string{
		"another host":           "https://evil.example/external-api/v1.0/rooms/",
		"a longer host":          "https://meet.example.org.evil.example/external-api/v1.0/rooms/",
		"another scheme":         "http://meet.example.org/external-api/v1.0/rooms/",
		"another port":           "https://meet.example.org:8443/external-api/v1.0/rooms/",
		"the port of http":       "https://meet.example.org:80/external-api/v1.0/rooms/",
		"another path":           "https://meet.example.org/external-api/v1.0/stats/",
		"a longer path":          address + "x",
		"a shorter path":         "https://meet.example.org/external-api/v1.0/",
		"no slash at the end":    strings.TrimSuffix(address, "/"),
		"the path in capitals":   "https://meet.example.org/external-api/v1.0/ROOMS/",
		"the path alone":         "/external-api/v1.0/rooms/",
		"without a scheme":       "//meet.example.org/external-api/v1.0/rooms/",
		"a user before":          "https://meet.example.org@evil.example/external-api/v1.0/rooms/",
		"a user":                 "https://user@meet.example.org/external-api/v1.0/rooms/",
		"an escaped slash":       "https://meet.example.org/external-api%2Fv1.0/rooms/",
		"a doubled slash":        "https://meet.example.org/external-api//v1.0/rooms/",
		"dots beyond":            "https://meet.example.org/external-api/v1.0/rooms/../",
		"a broken escape":        "https://meet.example.org/external-api/v1.0/rooms/%zz",
		"the origin alone":       "https://meet.example.org",
		"a blank before":         " " + address,
		"a line break":           address + "\n",
		"a fragment as a path":   "https://meet.example.org/#/external-api/v1.0/rooms/",
		"a query as a path":      "https://meet.example.org/?/external-api/v1.0/rooms/",
		"something that is none": "urn:uuid:0",
	} {
		tests[name] = with(url)
	}
	return tests
}

func hostileTimes(d *door) map[string]hostile {
	with := func(fault dpop.Fault, iat any) hostile {
		return hostile{[]string{d.Sign(d.header(nil), d.claims(object{"iat": iat}))}, fault}
	}
	at := d.now.Unix()
	return map[string]hostile{
		"no iat":              with(dpop.Claims, nil),
		"iat null":            with(dpop.Claims, json.RawMessage("null")),
		"iat a text":          with(dpop.Claims, "1790000000"),
		"iat too large":       with(dpop.Claims, json.RawMessage("1e999")),
		"stale by a second":   with(dpop.Stale, at-61),
		"an hour old":         with(dpop.Stale, at-3600),
		"of 1970":             with(dpop.Stale, 0),
		"before 1970":         with(dpop.Stale, -at),
		"ahead by a second":   with(dpop.Early, at+61),
		"an hour ahead":       with(dpop.Early, at+3600),
		"in milliseconds":     with(dpop.Early, at*1000),
		"far ahead":           with(dpop.Early, json.RawMessage("1e300")),
		"a minute and a half": with(dpop.Stale, d.now.Add(-90*time.Second).Unix()),
	}
}
