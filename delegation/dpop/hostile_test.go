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
	"fmt"
	"maps"
	"strings"
	"testing"

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
	ten := d.Sign(d.header(nil), d.claims(object{"x": strings.Repeat("x", 10<<10)}))
	return map[string]hostile{
		"none":                    {nil, dpop.Missing},
		"two fields":              {[]string{good(), good()}, dpop.Repeated},
		"two fields, one proof":   {[]string{d.proof(), ""}, dpop.Repeated},
		"three fields":            {[]string{good(), good(), good()}, dpop.Repeated},
		"an empty field":          {[]string{""}, dpop.Malformed},
		"two proofs in one field": {[]string{good() + "," + good()}, dpop.Malformed},
		"a list":                  {[]string{good() + ", x"}, dpop.Malformed},
		"ten kilobytes":           {[]string{ten}, dpop.TooLong},
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
		"JSON serialization":    one(serialized(parts)),
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
	header, payload := text(d.header(nil))[1:], text(d.claims(nil))
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
		"a header with alg twice":      {[]string{d.SignText(`{"alg":"none",`+header, payload)}, dpop.Header},
		"a header that is not UTF-8":   {[]string{d.SignText("{\"a\":\"\xff\","+header, payload)}, dpop.Header},
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

// serialized returns a JWS in JSON serialization (RFC 7515 §7.2.2).
func serialized(parts []string) string {
	return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
}
