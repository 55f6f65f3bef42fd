package wire

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parameters decodes the parameters of a client's request: a form, or a JSON
// object of strings. It returns [ErrParameters] if one comes twice (RFC 6749
// §3.2), has another type, is not plain text, or differs in nothing but letter
// case from one of the names.
//
// Unknown parameters are ignored (RFC 6749 §3.2), but such a one would silently
// change what is asked for.
func (b Body) Parameters(names ...string) (map[string]string, error) {
	params, ok := parseForm(string(b.Text))
	if b.Media == MediaJSON {
		params, ok = b.flatObject()
	}
	for name, value := range params {
		ok = ok && plainText(name) && plainText(value) && !misspelled(name, names)
	}
	if !ok {
		return nil, ErrParameters
	}
	return params, nil
}

// parseForm reads a form body. An empty value is the same as none (RFC 6749
// §3.2).
func parseForm(body string) (map[string]string, bool) {
	values, err := url.ParseQuery(body)
	values = Unindexed(values)
	params := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 {
			return nil, false
		}
		params[name] = all[0]
	}
	return params, err == nil
}

// flatObject reads a JSON object of strings.
func (b Body) flatObject() (map[string]string, bool) {
	object, err := b.Object()
	params := make(map[string]string, len(object))
	for name, value := range object {
		text, ok := value.(string)
		if !ok {
			return nil, false
		}
		params[name] = text
	}
	return params, err == nil
}

// plainText reports whether s is UTF-8 without control characters.
func plainText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func misspelled(name string, names []string) bool {
	for _, known := range names {
		if name != known && strings.ToLower(name) == known {
			return true
		}
	}
	return false
}

// BasicCredentials returns the user and the password of an Authorization header
// field as RFC 6749 §2.3.1 has them: form-encoded before they are joined. Found
// is false if the scheme is another one. It returns [ErrParameters] if they
// cannot be read.
func BasicCredentials(header string) (user, password string, found bool, err error) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimLeft(encoded, " "))
	name, word, colon := strings.Cut(string(decoded), ":")
	user, userErr := url.QueryUnescape(name)
	password, wordErr := url.QueryUnescape(word)
	if err != nil || !colon || userErr != nil || wordErr != nil {
		return "", "", true, ErrParameters
	}
	return user, password, true, nil
}

// BearerToken returns the token of the Authorization header field, the only one
// of the three places of RFC 6750 §2 that keeps it out of logs and histories. It
// returns [ErrNoToken] if there is none, and [ErrBearer] if it is malformed or
// stands elsewhere.
func BearerToken(r *http.Request) (string, error) {
	headers := r.Header.Values("Authorization")
	if r.URL.RawQuery != "" && r.URL.Query().Has("access_token") || len(headers) > 1 {
		return "", ErrBearer
	}
	if len(headers) == 0 {
		return "", ErrNoToken
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ErrNoToken // RFC 6750 §3.1: no error code for another scheme
	}
	token = strings.TrimLeft(token, " ")
	if token == "" || strings.ContainsAny(token, " \t,\"") {
		return "", ErrBearer
	}
	return token, nil
}
