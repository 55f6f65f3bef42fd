// Package places is where a server stands: its URLs and paths, the metadata that
// tell clients of them, and the links by which people join rooms. They come from
// the configuration alone, never from a request.
package places

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// Resource follows the public URL in the identifier of the API, which is the
// audience of tokens.
const Resource = "/external-api"

// The well-known names (RFC 8414 §3, RFC 9728 §3), the second with the path of
// the resource.
const (
	AuthorizationServer = "/.well-known/oauth-authorization-server"
	ProtectedResource   = "/.well-known/oauth-protected-resource" + Resource
)

// JWKS is the path of the keys that verify tokens.
const JWKS = "/.well-known/jwks.json"

// Place is what a path is below.
type Place int

// The places.
const (
	BelowBase Place = iota // the base path of the API
	BelowURL               // the path of the public URL
	WellKnown              // the root of the host, with the path of the public URL at the end (RFC 8414 §3.1)
)

// Places are the URLs and paths of a server.
type Places struct {
	URL         string // the public URL
	Host        string // its scheme and host
	Base        string // path of the external API, from the root of the host
	API         string // URL of the external API
	Resource    string // identifier of the external API
	MetadataURL string // of the metadata of the resource
	Google      bool   // tokens may be asked for by Google's names of scopes
	urlPath     string // of the public URL
}

// New returns the places of a public URL, as [PublicURL] returns it, with a base
// path below it.
func New(publicURL, basePath string) (Places, error) {
	public, err := url.Parse(publicURL)
	if err != nil {
		return Places{}, err
	}
	host := public.Scheme + "://" + public.Host
	return Places{
		URL: publicURL, Host: host, urlPath: public.Path, Base: public.Path + basePath, API: publicURL + basePath,
		Resource:    publicURL + Resource,
		MetadataURL: host + wellKnown(ProtectedResource, public.Path),
	}, nil
}

// Full returns a path from the root of the host.
func (p Places) Full(below Place, path string) string {
	switch below {
	case BelowURL:
		return p.urlPath + path
	case WellKnown:
		return wellKnown(path, p.urlPath)
	}
	return p.Base + path
}

// wellKnown returns a path with that of the public URL between the well-known name
// and the path of the resource.
func wellKnown(path, urlPath string) string {
	name, isResource := strings.CutSuffix(path, Resource)
	if isResource {
		return name + urlPath + Resource
	}
	return name + urlPath
}

// Pattern returns a path of the router, from the root of the host, in the form of
// [http.ServeMux]: /rooms/{id} for /rooms/:id.
func Pattern(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if name, open := strings.CutPrefix(segment, ":"); open {
			segments[i] = "{" + name + "}"
		}
	}
	return strings.Join(segments, "/")
}

// PublicURL returns a base URL without its trailing slash. An error continues a
// sentence that begins with the name of the URL.
func PublicURL(text string) (string, error) {
	if text == "" {
		return "", errors.New("is required")
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return "", errors.New("must be an absolute http or https URL without user, query and fragment")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if path != "" && !IsPath(path) {
		return "", errors.New("has a path with characters that would have to be escaped")
	}
	return u.Scheme + "://" + u.Host + path, nil
}

// plain are the characters that have a meaning nowhere in a path (RFC 3986 §2.3).
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~"

// IsPath reports whether every segment of a path can stand in a URL and in a
// router as it is.
func IsPath(path string) bool {
	segments := strings.Split(path, "/")
	if segments[0] != "" || len(segments) < 2 {
		return false
	}
	for _, segment := range segments[1:] {
		if segment == "" || segment == "." || segment == ".." || len(segment) > 255 || strings.Trim(segment, plain) != "" {
			return false
		}
	}
	return true
}

// CanonicalPath writes every spelling of a path in one way: single slashes, and none at the end.
func CanonicalPath(path string) string {
	if len(path) > 1 && path[0] == '/' && !strings.Contains(path, "//") {
		return strings.TrimSuffix(path, "/")
	}
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	return "/" + strings.Join(segments, "/")
}
