package dpop_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation/dpop"
)

// hostile is what a thief or a broken client sends, and why it is refused.
type hostile struct {
	fields []string
	fault  dpop.Fault
}

// TestHostileProofs shows a hundred proofs that are not good, each with one fault, to a verifier that accepts
// the proof from which they are made.
func TestHostileProofs(t *testing.T) {
	d := newDoor(t)
	proofs := map[string]hostile{}
	for _, table := range []map[string]hostile{hostileFields(d), hostileForms(d), hostileHeaders(d), hostileKeys(t, d),
		hostileSignatures(t, d), hostileClaims(d), hostileURLs(d), hostileTimes(d)} {
		maps.Copy(proofs, table)
	}
	is.New(t).True(len(proofs) >= 100)
	for name, test := range proofs {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			is.Equal(fault(t, d.verify(t, test.fields...)), test.fault)
			is.NoErr(d.verify(t, d.proof())) // a good one is accepted beside it
		})
	}
}

func hostileFields(d *door) map[string]hostile {
	good := d.proof
	return map[string]hostile{
		"none":                    {nil, dpop.Missing},
		"two fields":              {[]string{good(), good()}, dpop.Repeated},
		"two fields, one proof":   {[]string{d.proof(), ""}, dpop.Repeated},
		"three fields":            {[]string{good(), good(), good()}, dpop.Repeated},
		"an empty field":          {[]string{""}, dpop.Malformed},
		"two proofs in one field": {[]string{good() + "," + good()}, dpop.Malformed},
		"a list":                  {[]string{good() + ", x"}, dpop.Malformed},
		"ten kilobytes":           {[]string{d.Sign(d.header(nil), d.claims(object{"x": strings.Repeat("x", 10<<10)}))}, dpop.TooLong},
		"ten kilobytes of dots":   {[]string{strings.Repeat(".", 10<<10)}, dpop.TooLong},
	}
}

func hostileForms(d *door) map[string]hostile {
	parts := strings.Split(d.proof(), ".")
	one := func(text string) hostile { return hostile{[]string{text}, dpop.Malformed} }
	join := func(parts ...string) hostile { return one(strings.Join(parts, ".")) }
	return map[string]hostile{
		"one part":              join(parts[0]),
		"two parts":             join(parts[0], parts[1]),
		"four parts":            join(parts[0], parts[1], parts[2], ""),
		"a JWE":                 join(parts[0], "", parts[1], parts[2], parts[2]),
		"an empty header":       join("", parts[1], parts[2]),
		"an empty payload":      join(parts[0], "", parts[2]),
		"an empty signature":    join(parts[0], parts[1], ""),
		"padding":               join(parts[0], parts[1], parts[2]+"=="),
		"a space before":        one(" " + strings.Join(parts, ".")),
		"a space behind":        one(strings.Join(parts, ".") + " "),
		"a line break":          join(parts[0], parts[1], parts[2][:8]+"\n"+parts[2][8:]),
		"a carriage return":     join(parts[0], parts[1]+"\r", parts[2]),
		"the other alphabet":    join(parts[0], parts[1], "+/"+parts[2][2:]),
		"the scheme before":     one("DPoP " + strings.Join(parts, ".")),
		"not ASCII":             join(parts[0], parts[1], "é"+parts[2]),
		"JSON serialization":    one(`{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`),
		"stray bits at the end": join(parts[0], parts[1], parts[2][:85]+stray(parts[2][85])),
	}
}

// stray changes the last character of 64 bytes so that a lenient decoder gets the same.
func stray(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, last)|1])
}

func hostileHeaders(d *door) map[string]hostile {
	with := func(fault dpop.Fault, changes object) hostile {
		return hostile{[]string{d.Sign(d.header(changes), d.claims(nil))}, fault}
	}
	payload := text(d.claims(nil))
	return map[string]hostile{
		"no typ":                       with(dpop.Type, object{"typ": nil}),
		"typ JWT":                      with(dpop.Type, object{"typ": "JWT"}),
		"typ of an access token":       with(dpop.Type, object{"typ": "at+jwt"}),
		"typ with more behind it":      with(dpop.Type, object{"typ": "dpop+jwt+more"}),
		"typ with a blank":             with(dpop.Type, object{"typ": "dpop+jwt "}),
		"typ a number":                 with(dpop.Header, object{"typ": 1}),
		"typ a list":                   with(dpop.Header, object{"typ": []string{"dpop+jwt"}}),
		"no alg":                       with(dpop.Algorithm, object{"alg": nil}),
		"alg none":                     with(dpop.Algorithm, object{"alg": "none"}),
		"alg in another case":          with(dpop.Algorithm, object{"alg": "es256"}),
		"alg of another curve":         with(dpop.Algorithm, object{"alg": "ES384"}),
		"alg of another kind of key":   with(dpop.Algorithm, object{"alg": "EdDSA"}),
		"alg HS256":                    with(dpop.Algorithm, object{"alg": "HS256"}),
		"alg PS256":                    with(dpop.Algorithm, object{"alg": "PS256"}),
		"alg a list":                   with(dpop.Header, object{"alg": []string{"ES256"}}),
		"crit":                         with(dpop.Member, object{"crit": []string{"exp"}}),
		"an empty crit":                with(dpop.Member, object{"crit": []string{}}),
		"b64":                          with(dpop.Member, object{"b64": false}),
		"jku":                          with(dpop.Member, object{"jku": "https://evil.example/jwks.json"}),
		"x5u":                          with(dpop.Member, object{"x5u": "https://evil.example/key.pem"}),
		"a header that is a list":      {[]string{d.SignText(`[]`, payload)}, dpop.Header},
		"a header that is null":        {[]string{d.SignText(`null`, payload)}, dpop.Header},
		"a header with alg twice":      {[]string{d.SignText(`{"alg":"none",`+text(d.header(nil))[1:], payload)}, dpop.Header},
		"a header that is not UTF-8":   {[]string{d.SignText("{\"a\":\"\xff\","+text(d.header(nil))[1:], payload)}, dpop.Header},
		"alg none without signature":   {[]string{unsigned(d, `{"typ":"dpop+jwt","alg":"none"}`)}, dpop.Malformed},
		"a header with more behind it": {[]string{d.SignText(text(d.header(nil))+"{}", payload)}, dpop.Header},
	}
}

// unsigned returns a JWS with an empty signature.
func unsigned(d *door, header string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode([]byte(text(d.claims(nil)))) + "."
}

func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func hostileKeys(t *testing.T, d *door) map[string]hostile {
	is := is.New(t)
	with := func(jwk any) hostile {
		return hostile{[]string{d.Sign(d.header(object{"jwk": jwk}), d.claims(nil))}, dpop.Key}
	}
	public := func(changes object) object {
		var members object
		is.NoErr(json.Unmarshal([]byte(text(jose.JSONWebKey{Key: d.private.Public()})), &members))
		return changed(members, changes)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	is.NoErr(err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	is.NoErr(err)
	x := public(nil)["x"].(string)
	return map[string]hostile{
		"no jwk":                       with(nil),
		"jwk null":                     with(json.RawMessage("null")),
		"jwk a text":                   with("key"),
		"jwk a list":                   with([]object{public(nil)}),
		"an embedded private key":      with(jose.JSONWebKey{Key: d.private}),
		"an embedded d":                with(public(object{"d": "AQ"})),
		"d that is null":               with(public(object{"d": json.RawMessage("null")})),
		"d that is empty":              with(public(object{"d": ""})),
		"k beside a public key":        with(public(object{"k": "AQ"})),
		"p of RSA beside a public key": with(public(object{"p": "AQ"})),
		"a symmetric key":              with(object{"kty": "oct", "k": "AQAB"}),
		"an RSA key":                   with(jose.JSONWebKey{Key: long.Public()}),
		"a key on P-384":               with(jose.JSONWebKey{Key: p384.Public()}),
		"a key for encryption":         with(public(object{"use": "enc"})),
		"a key that may not verify":    with(public(object{"key_ops": []string{"sign"}})),
		"a key for another alg":        with(public(object{"alg": "ES384"})),
		"a point off the curve":        with(public(object{"y": x})),
		"no y":                         with(public(object{"y": nil})),
		"a short x":                    with(public(object{"x": x[:40]})),
		"a long x":                     with(public(object{"x": "AAAA" + x})),
		"no kty":                       with(public(object{"kty": nil})),
		"x25519":                       with(object{"kty": "OKP", "crv": "X25519", "x": x}),
		"x twice": {[]string{d.SignText(`{"typ":"dpop+jwt","alg":"ES256","jwk":{"x":"`+x+`",`+text(public(nil))[1:]+`}`,
			text(d.claims(nil)))}, dpop.Key},
	}
}

func hostileSignatures(t *testing.T, d *door) map[string]hostile {
	is := is.New(t)
	other, ed := newDoor(t), onEd25519(t)
	signed := d.proof()
	body, signature := signed[:strings.LastIndex(signed, ".")], signed[strings.LastIndex(signed, ".")+1:]
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	is.NoErr(err)
	with := func(signature []byte) hostile {
		return hostile{[]string{body + "." + base64.RawURLEncoding.EncodeToString(signature)}, dpop.Signature}
	}
	mac := hmac.New(sha256.New, []byte(text(d.Header()["jwk"])))
	mac.Write([]byte(body))
	flipped := append([]byte{raw[0] ^ 1}, raw[1:]...)
	return map[string]hostile{
		"signed by another key":        {[]string{other.Sign(d.header(nil), d.claims(nil))}, dpop.Signature},
		"signed by Ed25519 for P-256":  {[]string{ed.Sign(d.header(nil), d.claims(nil))}, dpop.Signature},
		"a signature of another proof": {[]string{body + d.proof()[strings.LastIndex(d.proof(), "."):]}, dpop.Signature},
		"a flipped bit":                with(flipped),
		"all zero":                     with(make([]byte, 64)),
		"one byte short":               with(raw[:63]),
		"one byte long":                with(append(raw[:64:64], 0)),
		"a MAC with the public key":    with(mac.Sum(nil)),
		"another holder's good proof":  {[]string{other.Sign(other.header(nil), other.claims(nil))}, dpop.OtherKey},
		"a good proof of Ed25519":      {[]string{ed.Sign(ed.Header(), d.claims(nil))}, dpop.OtherKey},
		"a changed payload":            {[]string{swapPayload(d, signed)}, dpop.Signature},
	}
}

// swapPayload returns a proof with the payload of another one.
func swapPayload(d *door, proof string) string {
	ours, theirs := strings.Split(proof, "."), strings.Split(d.proof(), ".")
	return ours[0] + "." + theirs[1] + "." + ours[2]
}

func hostileClaims(d *door) map[string]hostile {
	with := func(fault dpop.Fault, changes object) hostile {
		return hostile{[]string{d.Sign(d.header(nil), d.claims(changes))}, fault}
	}
	header, claims := text(d.header(nil)), text(d.claims(nil))
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
		"a payload with HTM beside it": {[]string{d.SignText(header, strings.Replace(claims, `"htm"`, `"HTM"`, 1))}, dpop.Claims},
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
