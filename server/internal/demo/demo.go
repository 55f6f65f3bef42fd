package demo

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomsql"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// Config configures a [Handler]. Every field is required unless its comment says
// otherwise.
type Config struct {
	// API answers everything else.
	API http.Handler
	// DB and RootKeys are those of the API.
	DB       bun.IDB
	RootKeys delegation.RootKeys
	// URL is the public URL of the API, RoomURL the base of join links, and BasePath the
	// path of the API below the URL. RoomURL and BasePath may be empty, as they may be in
	// [server.Config].
	URL, RoomURL, BasePath string
	// Listener is where the API listens.
	Listener net.Addr
	// Logger gets errors.
	Logger *slog.Logger
}

// user is for whom the demo application acts at first.
const user = delegation.Email("alice@example.com")

// Handler is the API with what a product would answer. It is safe for concurrent use.
type Handler struct {
	config Config
	app    delegation.Application
	secret delegation.Secret
	rooms  *rooms.Service
	links  *places.JoinLinks // nil if a product answers them
	form   []byte            // what the documentation page fills in
	pages  *template.Template
	style  template.CSS
	policy string // of the pages
}

// New returns a handler. It registers the demo application and its user if they are not
// there.
func New(ctx context.Context, config Config) (*Handler, error) {
	h := &Handler{config: config}
	h.config.BasePath = cmp.Or(strings.TrimRight(config.BasePath, "/"), server.DefaultBasePath)
	h.links = ownLinks(config.URL, config.RoomURL)
	if err := h.register(ctx); err != nil {
		return nil, err
	}
	var err error
	h.rooms, err = rooms.New(rooms.Config{Stores: roomsql.New(config.DB).Stores(), ParseAddress: parseAddress})
	if err != nil {
		return nil, err
	}
	if err := h.readPages(); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	h.form = h.filled()
	return h, nil
}

// register finds or makes the demo application and its user.
func (h *Handler) register(ctx context.Context) error {
	reg, err := registry.New(registry.Config{DB: h.config.DB, RootKeys: h.config.RootKeys})
	if err != nil {
		return err
	}
	if _, err := reg.ProvisionUser(ctx, user); err != nil {
		return err
	}
	h.app, h.secret, err = reg.Demonstration(ctx, delegation.Application{
		Name: "Demo", Scopes: scopes.All(), Policy: delegation.Policy{Domains: []delegation.Domain{"example.com"}},
	})
	return err
}

// parseAddress returns an address in the form in which addresses compare.
func parseAddress(text string) (string, bool) {
	email, err := delegation.ParseEmail(text)
	return string(email), err == nil
}

// ownLinks returns the join links that lead to the public URL: a product answers those
// that lead to another host.
func ownLinks(publicURL, roomURL string) *places.JoinLinks {
	links, wrong := places.NewJoinLinks(cmp.Or(roomURL, publicURL))
	public, err := url.Parse(publicURL)
	if wrong != nil || err != nil {
		return nil
	}
	link, err := url.Parse(links.To(places.Named{}))
	if err != nil || link.Scheme != public.Scheme || link.Host != public.Host {
		return nil
	}
	return &links
}

// filled returns what the documentation page fills in: the credentials of the demo
// application and its user. They are told to this machine alone; on others they have to
// be typed.
func (h *Handler) filled() []byte {
	var form struct {
		ClientID     string `json:"client_id,omitempty"`
		ClientSecret string `json:"client_secret,omitempty"`
		User         string `json:"user,omitempty"`
	}
	if isLoopback(h.config.Listener.String()) {
		form.ClientID, form.ClientSecret, form.User = h.app.ClientID, string(h.secret), string(user)
	}
	return wire.Encode(form)
}

// ServeHTTP answers a join link, or what the documentation page fills in; or the API
// answers.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	slug := h.slug(r.URL)
	switch {
	case reads && slug != "":
		h.join(w, r, slug)
	case reads && strings.TrimSuffix(r.URL.Path, "/") == h.formPath():
		w.Header().Set("Content-Type", "application/json")
		h.send(w, http.StatusOK, h.formFor(r))
	default:
		h.config.API.ServeHTTP(w, r)
	}
}

// formFor returns what the documentation page fills in. A page of another site that has
// its name lead here (DNS rebinding) gets nothing: its requests have that name.
func (h *Handler) formFor(r *http.Request) []byte {
	if !isLoopback(r.Host) {
		return []byte("{}")
	}
	return h.form
}

// isLoopback reports whether a host, with or without a port, is this machine's loopback
// interface by its address or by the name that always means it (RFC 6761 §6.3).
func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")).IsLoopback()
}

// formPath is where the documentation page asks what to fill in.
func (h *Handler) formPath() string {
	public, err := url.Parse(h.config.URL)
	if err != nil {
		return ""
	}
	return strings.TrimRight(public.Path, "/") + h.config.BasePath + "/docs/form.json"
}

// slug returns what has the form of a slug in a join link, whatever name the server
// was reached by; or nothing if the path is another one.
func (h *Handler) slug(asked *url.URL) string {
	if h.links == nil {
		return ""
	}
	link, err := url.Parse(h.links.To(places.Named{}))
	if err != nil {
		return ""
	}
	link.Path, link.RawPath, link.RawQuery = asked.Path, asked.RawPath, asked.RawQuery
	slug := strings.ToLower(h.links.Read(link).Slug)
	if !hasForm(slug) {
		return ""
	}
	return slug
}

// hasForm reports whether a text could be a slug: three, four and three letters.
func hasForm(slug string) bool {
	if len(slug) != len("aaa-aaaa-aaa") {
		return false
	}
	for i := range len(slug) {
		if separator := i == 3 || i == 8; separator != (slug[i] == '-') || !separator && (slug[i] < 'a' || slug[i] > 'z') {
			return false
		}
	}
	return true
}

// send answers with what is kept by no cache.
func (h *Handler) send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader may be gone
}
