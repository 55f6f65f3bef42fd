package dpop

import (
	"net/url"
	"strings"
)

// unreserved are the characters that mean the same whether they are escaped or not
// (RFC 3986 §2.3).
const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

// normal returns a URL in the one spelling by which two of them compare (RFC 9449 §4.3:
// RFC 3986 §6.2.2 and §6.2.3), without query and fragment. Ok is false for what is no
// absolute http or https URL.
func normal(text string) (spelling string, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	usual, known := map[string]string{"http": "80", "https": "443"}[u.Scheme] // url.Parse writes it in lower case
	if !known || u.Hostname() == "" {
		return "", false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Host, ":"))
	if u.Port() == usual {
		host = strings.TrimSuffix(host, ":"+usual)
	}
	return u.Scheme + "://" + host + withoutDots(unescaped(u.EscapedPath())), true
}

// unescaped returns a path in which nothing is escaped that need not be, and the rest in
// capitals (RFC 3986 §6.2.2.1, §6.2.2.2). The escapes are valid: the path was parsed.
func unescaped(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		escape := strings.ToUpper(path[i : i+3])
		if char, err := url.PathUnescape(escape); err == nil && strings.Contains(unreserved, char) {
			escape = char
		}
		b.WriteString(escape)
		i += 2
	}
	return b.String()
}

// withoutDots returns a path without dot segments (RFC 3986 §5.2.4). An empty one is
// that of the root (§6.2.3).
func withoutDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	var kept []string
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case ".", "..":
			if segment == ".." && len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}
