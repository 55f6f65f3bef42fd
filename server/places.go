package server

import (
	"net/url"
	"strings"
)

// resourcePath follows the public URL in the identifier of the API, which is the
// audience of tokens.
const resourcePath = "/external-api"

// The well-known names (RFC 8414 §3, RFC 9728 §3), the second with the path of
// the resource.
const (
	authorizationServerPath = "/.well-known/oauth-authorization-server"
	protectedResourcePath   = "/.well-known/oauth-protected-resource" + resourcePath
)

// places are the URLs and paths of a server. They come from the configuration
// alone.
type places struct {
	url         string // the public URL
	urlPath     string // its path
	base        string // path of the external API, from the root of the host
	api         string // URL of the external API
	resource    string // identifier of the external API
	metadataURL string // of the metadata of the resource
}

// newPlaces returns the places of a complete configuration.
func newPlaces(config Config) (places, error) {
	public, err := url.Parse(config.URL)
	if err != nil {
		return places{}, err
	}
	return places{
		url: config.URL, urlPath: public.Path, base: public.Path + config.BasePath, api: config.URL + config.BasePath,
		resource:    config.URL + resourcePath,
		metadataURL: public.Scheme + "://" + public.Host + wellKnownPath(protectedResourcePath, public.Path),
	}, nil
}

// full returns the path of a route from the root of the host.
func (p places) full(rt route) string {
	switch rt.place {
	case belowURL:
		return p.urlPath + rt.path
	case wellKnown:
		return wellKnownPath(rt.path, p.urlPath)
	}
	return p.base + rt.path
}

// wellKnownPath returns a path with that of the public URL between the well-known
// name and the path of the resource.
func wellKnownPath(path, urlPath string) string {
	name, isResource := strings.CutSuffix(path, resourcePath)
	if isResource {
		return name + urlPath + resourcePath
	}
	return name + urlPath
}
