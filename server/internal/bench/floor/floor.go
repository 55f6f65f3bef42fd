// Package floor is the bare server beside which the program is measured: it does only what no server can leave out. It
// checks no policy, no limits and no form, and must not serve anything else.
package floor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/julienschmidt/httprouter"
)

// Config is what the floor knows from its start.
type Config struct {
	Database string // URL: file:PATH, or postgres:// with tables in the schema floor
	Prefix   string // of the names of tables: "floor.", "anteroom_"
	URL      string // public, as in tokens and answers
	UserID   string // of whom all tokens are
	Address  string // of the user
	Scopes   string
}

// store keeps and finds rooms, each in one round trip.
type store interface {
	find(ctx context.Context, id, userID, clientID string) (room, error)
	insert(ctx context.Context, r room, userID, address string) error
	list(ctx context.Context, userID, clientID string) (count int, rooms []room, err error)
}

// room is the JSON of a room, as large as that of the program.
type room struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Slug          string          `json:"slug"`
	AccessLevel   string          `json:"access_level"`
	Configuration json.RawMessage `json:"configuration"`
	URL           string          `json:"url"`
	ExternalID    *string         `json:"external_id"`
	Metadata      json.RawMessage `json:"metadata"`
	ExpiresAt     *time.Time      `json:"expires_at"`
	Source        source          `json:"source"`
	CreatedAt     time.Time       `json:"created_at"`
	UpdatedAt     time.Time       `json:"updated_at"`
	Role          string          `json:"role,omitempty"`
}

type source struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// server answers the requests.
type server struct {
	Config
	store  store
	public *ecdsa.PublicKey
	signer jose.Signer
}

// New returns the floor on a database. The close function ends its connections.
func New(ctx context.Context, config Config) (handler http.Handler, close func(), err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256,
		Key: jose.JSONWebKey{Key: private, KeyID: strings.Repeat("k", 43)}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return nil, nil, err
	}
	s := &server{Config: config, public: &private.PublicKey, signer: signer}
	if strings.HasPrefix(config.Database, "file:") {
		s.store, close, err = openSQLite(config)
	} else {
		s.store, close, err = openPostgres(ctx, config)
	}
	if err != nil {
		return nil, nil, err
	}
	router := httprouter.New()
	router.POST("/application/token/", s.token)
	router.GET("/rooms/:id/", s.authenticated(s.retrieve))
	router.POST("/rooms/", s.authenticated(s.create))
	router.GET("/rooms/", s.authenticated(s.list))
	return router, close, nil
}

// claims are those that the program's tokens have.
type claims struct {
	Issuer   string            `json:"iss"`
	Audience string            `json:"aud"`
	Subject  string            `json:"sub"`
	ClientID string            `json:"client_id"`
	Actor    map[string]string `json:"act"`
	Scope    string            `json:"scope"`
	IssuedAt int64             `json:"iat"`
	Expiry   int64             `json:"exp"`
	ID       string            `json:"jti"`
}

// token parses the form, makes one MAC and signs.
func (s *server) token(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, make([]byte, 32))
	mac.Write([]byte(r.PostForm.Get("client_secret")))
	if len(mac.Sum(nil)) != sha256.Size {
		return
	}
	now, clientID := time.Now().Unix(), r.PostForm.Get("client_id")
	payload, _ := json.Marshal(claims{s.URL, s.URL + "/external-api", s.UserID, clientID,
		map[string]string{"sub": clientID}, s.Scopes, now, now + 600, rand.Text()[:22]})
	signed, err := s.signer.Sign(payload)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text, _ := signed.CompactSerialize()
	answer(w, http.StatusOK, map[string]any{"access_token": text, "token_type": "Bearer", "expires_in": 600,
		"scope": s.Scopes})
}

// authenticated verifies the signature of the token.
func (s *server) authenticated(
	handle func(http.ResponseWriter, *http.Request, claims, httprouter.Params) error) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, params httprouter.Params) {
		c, err := s.verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if err := handle(w, r, c, params); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

var errExpired = errors.New("floor: the token has expired")

func (s *server) verify(text string) (c claims, err error) {
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return c, err
	}
	payload, err := signed.Verify(s.public)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, err
	}
	if time.Now().Unix() >= c.Expiry {
		return c, errExpired
	}
	return c, nil
}

func (s *server) retrieve(w http.ResponseWriter, r *http.Request, c claims, params httprouter.Params) error {
	found, err := s.store.find(r.Context(), params.ByName("id"), c.Subject, c.ClientID)
	if err != nil {
		return err
	}
	found.URL, found.Role = s.URL+"/"+found.Slug, ""
	return answer(w, http.StatusOK, found)
}

func (s *server) create(w http.ResponseWriter, r *http.Request, c claims, _ httprouter.Params) error {
	var body struct{ Name string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	letters := strings.ToLower(rand.Text())
	now := time.Now().UTC().Truncate(time.Microsecond)
	made := room{ID: id.String(), Name: body.Name, AccessLevel: "trusted", Configuration: json.RawMessage("{}"),
		Slug: letters[:3] + "-" + letters[3:7] + "-" + letters[7:10], Metadata: json.RawMessage("{}"),
		Source: source{"application", c.ClientID, "Calendar"}, CreatedAt: now, UpdatedAt: now}
	if err := s.store.insert(r.Context(), made, c.Subject, s.Address); err != nil {
		return err
	}
	made.URL = s.URL + "/" + made.Slug
	return answer(w, http.StatusCreated, made)
}

func (s *server) list(w http.ResponseWriter, r *http.Request, c claims, _ httprouter.Params) error {
	count, rooms, err := s.store.list(r.Context(), c.Subject, c.ClientID)
	if err != nil {
		return err
	}
	for i := range rooms {
		rooms[i].URL = s.URL + "/" + rooms[i].Slug
	}
	return answer(w, http.StatusOK, map[string]any{"count": count, "next": s.URL + "/external-api/v1.0/rooms/?cursor=" +
		strings.Repeat("c", 50), "previous": nil, "results": rooms})
}

func answer(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}
