package server

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
)

func (s *Server) serveOpenAPI(w http.ResponseWriter, r *http.Request) error {
	return serveDocument(w, r, s.openapi)
}

// serveJWKS publishes the keys that verify tokens (RFC 7517 §5).
func (s *Server) serveJWKS(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.keys.KeySet(r.Context())
	if err != nil {
		return err
	}
	return serveDocument(w, r, keys.JWKS())
}

// serveDocument writes a public document in JSON.
func serveDocument(w http.ResponseWriter, r *http.Request, document []byte) error {
	return serveFile(w, r, mediaJSON, document)
}

// serveFile writes something public, or says that the caller has it already
// (RFC 9110 §13.1.2).
func serveFile(w http.ResponseWriter, r *http.Request, mediaType string, document []byte) error {
	sum := sha256.Sum256(document)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("ETag", tag)
	if !noneMatch(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	writeBytes(w, http.StatusOK, mediaType, document)
	return nil
}

// health is the body of /healthz and /readyz.
type health struct {
	Status string `json:"status"`
}

// alive says that the process answers.
func (s *Server) alive(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, mediaJSON, health{Status: "ok"})
	return nil
}

// ready says that the store is reachable and a signing key active.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.config.DB != nil {
		if _, err := s.config.DB.ExecContext(r.Context(), "SELECT 1"); err != nil {
			return fmt.Errorf("reaching the store: %w", err)
		}
	}
	if _, err := s.keys.KeySet(r.Context()); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, mediaJSON, health{Status: "ok"})
	return nil
}
