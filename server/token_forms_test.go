package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// packed returns a text in gzip.
func packed(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, err := writer.Write([]byte(text))
	is.New(t).NoErr(err)
	is.New(t).NoErr(writer.Close())
	return out.String()
}

// requestForm is a request for a token: a body, which may hold {id} and {secret},
// and header fields, which may as well.
type requestForm struct {
	body    string
	headers []string
}

// ask sends a request for a token in any form.
func (f requestForm) ask(a *api) reply {
	a.Helper()
	return f.send(a, "/application/token/")
}

// send sends a request to one of the endpoints at which clients authenticate.
func (f requestForm) send(a *api, path string) reply {
	a.Helper()
	fill := strings.NewReplacer("{id}", a.clientID, "{secret}", string(a.secret))
	var headers []string
	for _, header := range f.headers {
		scheme, credentials, found := strings.Cut(fill.Replace(header), "basic:")
		if found {
			header = scheme + "Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
		}
		headers = append(headers, header)
	}
	return a.send("POST", path, fill.Replace(f.body), headers...)
}

const (
	bareForm  = "grant_type=client_credentials&scope=alice%40example.com"
	wholeForm = bareForm + "&client_id={id}&client_secret={secret}"
	bareJSON  = `"grant_type":"client_credentials","scope":"alice@example.com"`
	wholeJSON = `{` + bareJSON + `,"client_id":"{id}","client_secret":"{secret}"}`
	whole     = "Authorization: basic:{id}:{secret}"
)

// TestTokenRequestForms: what does not change what is asked for does not matter.
func TestTokenRequestForms(t *testing.T) {
	a := onSQLite(t)
	form := func(body string, headers ...string) requestForm {
		return requestForm{body, append([]string{formType}, headers...)}
	}
	object := func(more string, headers ...string) requestForm {
		return requestForm{strings.TrimSuffix(wholeJSON, "}") + more + "}", append([]string{jsonType}, headers...)}
	}
	for name, request := range map[string]requestForm{
		"form":                           form(wholeForm),
		"JSON":                           object(""),
		"Basic":                          form(bareForm, whole),
		"Basic with JSON":                {"{" + bareJSON + "}", []string{jsonType, whole}},
		"Basic, client_id repeated":      form(bareForm+"&client_id={id}", whole),
		"Basic, everything repeated":     form(wholeForm, whole),
		"Basic, empty, and a body":       form(wholeForm, "Authorization: basic::"),
		"Basic without anything, a body": form(wholeForm, "Authorization: Basic"),
		"Basic with the id alone":        form(bareForm+"&client_secret={secret}", "Authorization: basic:{id}:"),
		"Basic, blanks at the ends":      form(bareForm, "Authorization: basic: {id} : {secret}\n"),
		"Basic, encoded blanks":          form(bareForm, "Authorization: basic:{id}%20:+{secret}%0A"),
		"Basic twice, the same":          form(bareForm, whole, whole),
		"Basic beside Bearer":            form(bareForm, "Authorization: Bearer x", whole),
		"Bearer and a body":              form(wholeForm, "Authorization: Bearer eyJ.e30.x"),
		"Negotiate and a body":           form(wholeForm, "Authorization: Negotiate YII="),
		"an empty Authorization, a body": form(wholeForm, "Authorization: "),
		"no scheme at all, and a body":   form(wholeForm, "Authorization: x"),
		"blanks and newlines at the ends": form("grant_type=+client_credentials&scope=%20alice@example.com%0A&" +
			"client_id={id}%0D%0A&client_secret=%09{secret}%0A"),
		"a newline at the end of the body": form(wholeForm + "\r\n"),
		"parameters on lines of their own": form(strings.ReplaceAll(wholeForm, "&", "&\n")),
		"a no-break space and a mark":      form(strings.Replace(wholeForm, "{secret}", "%EF%BB%BF{secret}%C2%A0", 1)),
		"two spaces in the scope":          form(strings.Replace(wholeForm, ".com", ".com++rooms:list", 1)),
		"blanks in JSON":                   {strings.ReplaceAll(wholeJSON, "{secret}", ` {secret}\n`), []string{jsonType}},
		"names with an index": form(strings.NewReplacer("scope=", "scope[]=", "client_id=", "client_id%5B0%5D=").
			Replace(wholeForm)),
		"empty pairs":      form("&&" + wholeForm + "&=&"),
		"empty parameters": form(wholeForm + "&client_assertion=&scope=&client_assertion_type=&assertion="),

		"unknown":               form(wholeForm + "&resource=x&audience=y"),
		"unknown, repeated":     form(wholeForm + "&resource=x&resource=y&resource="),
		"unknown, odd bytes":    form(wholeForm + "&x=%00%ff%0d%0a&y=\xff\xfe&%00=1&\xff=2"),
		"unknown, bad escapes":  form(wholeForm + "&x=100%&%zz=1&y=%"),
		"unknown, semicolons":   form(wholeForm + "&x=1;y=2;scope=x"),
		"unknown here: a token": form(wholeForm + "&token=x&token=y&Token=z&token_type_hint=access_token"),
		"unused: an assertion":  form(wholeForm + "&assertion=%00&assertion=%ff"),
		"unused: a type":        form(wholeForm + "&client_assertion_type=x&client_assertion_type=y"),
		"JSON, unknown null":    object(`,"x":null,"resource":null`),
		"JSON, unknown values":  object(`,"a":1e400,"b":[1,{}],"c":{"d":{"d":1,"d":2}},"e":true,"f":"\u0000\ud800"`),
		"JSON, unknown twice":   object(`,"resource":"x","resource":["y"]`),
		"JSON, unknown, odd":    object(`,"\u0000":"","\ud800":"x","":0`),
		"JSON, deep":            object(`,"x":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000)),
		"JSON, no value":        object(`,"client_assertion":null,"client_assertion_type":null,"assertion":null`),
		"JSON, null and Basic":  {"{" + bareJSON + `,"client_id":null,"client_secret":null}`, []string{jsonType, whole}},
		"JSON with a mark":      {"\xEF\xBB\xBF" + wholeJSON, []string{jsonType}},
		"a form with a mark":    {"\xEF\xBB\xBF" + wholeForm, []string{formType}},
		"JSON, escaped names":   {strings.Replace(wholeJSON, `"scope"`, `"\u0073cope"`, 1), []string{jsonType}},
		"JSON between blanks":   {"\r\n\t " + wholeJSON + "\n", []string{jsonType}},

		"gzip":             form(packed(t, fillIn(a, wholeForm)), "Content-Encoding: gzip"),
		"gzip, JSON, mark": {packed(t, "\xEF\xBB\xBF"+fillIn(a, wholeJSON)), []string{jsonType, "Content-Encoding: x-GZIP"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := request.ask(a)
			if r.StatusCode != 200 {
				t.Fatal(r.StatusCode, r.body) // every way that programs take
			}
			is.New(t).Equal(r.json(t)["scope"] == "rooms:list", strings.Contains(request.body, "rooms:list"))
		})
	}
	for _, query := range []string{"?", "?x", "?x=y&debug=1", "?%zz", "?;", "?scop=1&token=x", "?=scope"} {
		r := a.sendTo("POST", base+"/application/token/"+query, fillIn(a, wholeForm), formType)
		is.New(t).Equal(r.StatusCode, 200) // a query that means nothing here
	}
}

// fillIn returns a text with the credentials.
func fillIn(a *api, text string) string {
	return strings.NewReplacer("{id}", a.clientID, "{secret}", string(a.secret)).Replace(text)
}

// TestBodyHeaders: header fields about a body matter where they say what the bytes
// do not say.
func TestBodyHeaders(t *testing.T) {
	a := onSQLite(t)
	token := a.token("alice@example.com")
	const form, object = "application/x-www-form-urlencoded", "application/json"
	for name, test := range map[string]struct {
		types, codings []string
		status         int
	}{
		"charset utf8":              {[]string{"%s;charset=utf8"}, nil, 200},
		"charset UTF-8, quoted":     {[]string{`%s; charset="UTF-8"`}, nil, 200},
		"charset us-ascii":          {[]string{"%s; charset=us-ascii"}, nil, 200},
		"charset ISO-8859-1":        {[]string{"%s; charset=ISO-8859-1"}, nil, 200},
		"charset latin1":            {[]string{"%s;charset=latin1"}, nil, 200},
		"charset utf-16":            {[]string{"%s; charset=utf-16"}, nil, 200},
		"an empty charset":          {[]string{"%s; charset="}, nil, 200},
		"a half parameter":          {[]string{"%s; charset"}, nil, 200},
		"odd parameters":            {[]string{`%s; odata=verbose;; =x; x="a,b/c";charset=utf-8;charset=x`}, nil, 200},
		"a semicolon":               {[]string{"%s;"}, nil, 200},
		"blanks before one":         {[]string{"  %s ; charset = utf-8"}, nil, 200},
		"no semicolon":              {[]string{"%s charset=utf-8"}, nil, 200},
		"a comma":                   {[]string{"%s, charset=utf-8"}, nil, 200},
		"twice":                     {[]string{"%s", "%s; charset=utf-8"}, nil, 200},
		"twice in one":              {[]string{"%s,%s"}, nil, 200},
		"and an empty one":          {[]string{"", "%s"}, nil, 200},
		"quoted":                    {[]string{`"%s"`}, nil, 200},
		"two types":                 {[]string{"%s", "text/plain"}, nil, 415},
		"two types in one":          {[]string{"text/plain, %s"}, nil, 415},
		"another type":              {[]string{"text/plain"}, nil, 415},
		"only the beginning":        {[]string{"%sx"}, nil, 415},
		"a parameter alone":         {[]string{"charset=utf-8"}, nil, 415},
		"half a type":               {[]string{"application/"}, nil, 415},
		"an empty type":             {[]string{""}, nil, 415},
		"no type":                   {nil, nil, 415},
		"multipart":                 {[]string{"multipart/form-data; boundary=x"}, nil, 415},
		"Content-Encoding UTF-8":    {[]string{"%s"}, []string{"UTF-8"}, 200},
		"Content-Encoding utf8":     {[]string{"%s"}, []string{"utf8"}, 200},
		"an empty coding":           {[]string{"%s"}, []string{""}, 200},
		"identity":                  {[]string{"%s"}, []string{"Identity"}, 200},
		"identity twice":            {[]string{"%s"}, []string{"identity, identity", " "}, 200},
		"odd codings":               {[]string{"%s"}, []string{"none", "7bit, base64", "application/json", ";;,"}, 200},
		"br":                        {[]string{"%s"}, []string{"br"}, 415},
		"zstd beside identity":      {[]string{"%s"}, []string{"identity, ZSTD"}, 415},
		"deflate":                   {[]string{"%s"}, []string{"deflate;q=1"}, 415},
		"compress":                  {[]string{"%s"}, []string{"x-compress"}, 415},
		"gzip that is not":          {[]string{"%s"}, []string{"gzip"}, 400},
		"gzip among what is no one": {[]string{"%s"}, []string{"utf-8", "gzip"}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			for _, one := range []struct{ path, body, media, token string }{
				{"/application/token/", fillIn(a, wholeForm), form, "X: y"},
				{"/application/token/", fillIn(a, wholeJSON), object, "X: y"},
				{"/rooms/", `{"name":"Ünïcode"}`, object, token},
			} {
				headers := []string{one.token}
				for _, kind := range test.types {
					headers = append(headers, "Content-Type: "+strings.ReplaceAll(kind, "%s", one.media))
				}
				for _, coding := range test.codings {
					headers = append(headers, "Content-Encoding: "+coding)
				}
				r := a.send("POST", one.path, one.body, headers...)
				if is.Equal(r.StatusCode/100, test.status/100); test.status >= 400 {
					is.Equal(r.StatusCode, test.status)
				}
				if test.status == 415 {
					is.Equal(r.Header.Get("Accept-Encoding") == "gzip", test.codings != nil) // what would be read
				}
			}
		})
	}
}

// TestPackedBodies: the limits are those of what is unpacked.
func TestPackedBodies(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	token := a.token("alice@example.com")
	const coding = "Content-Encoding: gzip"
	name := strings.Repeat("ä", 400)
	r := a.send("POST", "/rooms/", packed(t, `{"name":"`+name+`"}`), token, jsonType, coding)
	is.Equal(r.StatusCode, 201)
	is.Equal(r.json(t)["name"], name) // as if it had come plain
	r = a.send("PATCH", "/rooms/"+r.json(t)["id"].(string), packed(t, `{"name":"New"}`), token, coding,
		"Content-Type: application/merge-patch+json")
	is.Equal(r.StatusCode, 200)
	is.Equal(a.send("POST", "/rooms/", packed(t, ""), token, coding).StatusCode, 201) // no body at all
	bomb := packed(t, strings.Repeat(" ", 8<<20))
	is.True(len(bomb) < 60<<10) // small enough to come in
	problem(t, a.send("POST", "/rooms/", bomb, token, jsonType, coding), 413, "payload_too_large")
	refusal(t, a.send("POST", "/application/token/", packed(t, "x="+strings.Repeat("a", 8<<10)), formType, coding),
		413, "invalid_request")
	for _, broken := range []string{"{}", "\x1f\x8b", packed(t, "{}")[:20], packed(t, "{}") + "x"} {
		r := a.send("POST", "/rooms/", broken, token, jsonType, coding)
		problem(t, r, 400, "invalid_request")
		is.Equal(r.json(t)["detail"], "The body is not the gzip that Content-Encoding names.")
	}
	r = a.send("POST", "/rooms/", packed(t, `{"name":"Once"}`), token, jsonType, coding, "Idempotency-Key: k")
	again := a.send("POST", "/rooms/", `{"name":"Once"}`, token, jsonType, "Idempotency-Key: k")
	is.Equal(again.json(t)["id"], r.json(t)["id"]) // the same request
	is.Equal(a.send("POST", "/rooms/", "\xEF\xBB\xBF", token).StatusCode, 201)
	is.Equal(a.send("POST", "/rooms/", "\xEF\xBB\xBF{\"name\":\"A\"}", token, jsonType).StatusCode, 201)
	problem(t, a.send("POST", "/rooms/", "\xEF\xBB\xBF\xEF\xBB\xBF{}", token, jsonType), 400, "invalid_request")
	problem(t, a.send("POST", "/rooms/", "{\"name\":\"\xE9\"}", token, jsonType+"; charset=ISO-8859-1"), 400,
		"invalid_request") // by its bytes
	is.Equal(a.send("POST", "/rooms/", `{"name":"A"}`, token, "Content-Type: text/json").StatusCode, 201)
}

// TestEncodedSecrets: clients differ in whether they encode what they send by HTTP
// Basic.
func TestEncodedSecrets(t *testing.T) {
	is := is.New(t)
	a := onSQLite(t)
	escape := strings.NewReplacer("_", "%5f").Replace
	send := func(id, secret string, encode func(string) string) int {
		credentials := encode(base64.StdEncoding.EncodeToString([]byte(id + ":" + secret)))
		return a.send("POST", "/application/token/", bareForm, formType, "Authorization: "+credentials).StatusCode
	}
	usual := func(s string) string { return "Basic " + s }
	for _, encode := range []func(string) string{usual,
		func(s string) string { return "BASIC   " + strings.TrimRight(s, "=") },
		func(s string) string { return "basic " + s[:30] + " " + s[30:] },
		func(s string) string {
			return "Basic " + strings.NewReplacer("+", "-", "/", "_").Replace(s)
		},
		func(s string) string { return "Bearer x, Basic " + s + ", Basic " + s },
	} {
		is.Equal(send(a.clientID, string(a.secret), encode), 200)
		is.Equal(send(escape(a.clientID), escape(string(a.secret)), encode), 200)
		is.Equal(send(url.QueryEscape(a.clientID), string(a.secret), encode), 200)
	}
	for _, secret := range []string{"%zz", "a+b", "100%", "%00", fmt.Sprint(string(a.secret), "%")} {
		is.Equal(send(a.clientID, secret, usual), 401) // a secret as any other, and a wrong one
	}
}
