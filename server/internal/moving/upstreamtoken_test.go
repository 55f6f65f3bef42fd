package moving_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/matryer/is"
)

const refused = "one answer for every refusal to delegate: who is a user is not told"

// TestTheirTokens has the scenarios about tokens.
func TestTheirTokens(t *testing.T) {
	play(t, map[string]scenario{
		"generate_token_success": {200, "200", "", func(w *world) answer {
			a := w.json("all", secretOf("all"), "alice@example.com")
			w.is.Equal(a.text("token_type"), "Bearer")
			w.is.Equal(a.text("scope"), "rooms:create rooms:list rooms:retrieve") // in alphabetical order
			return a
		}},
		"generate_token_form_urlencoded": {200, "200", "", func(w *world) answer {
			return w.ask("all", secretOf("all"), "alice@example.com")
		}},
		"generate_token_form_urlencoded_invalid_credentials": {401, "401 invalid_client", "", func(w *world) answer {
			return w.ask("all", "wrong", "alice@example.com")
		}},
		"generate_token_form_urlencoded_missing_fields": {400, "400 invalid_request", "", func(w *world) answer {
			return w.form(url.Values{"client_id": {"all"}, "client_secret": {secretOf("all")}})
		}},
		"generate_token_form_urlencoded_invalid_grant_type": {400, "400 unsupported_grant_type", "", func(w *world) answer {
			return w.form(url.Values{"client_id": {"all"}, "client_secret": {secretOf("all")}, "grant_type": {"password"},
				"scope": {"alice@example.com"}})
		}},
		"generate_token_form_urlencoded_special_characters": {200, "200", "", func(w *world) answer {
			return w.ask("lists", secretOf("lists"), "alice@example.com") // the secrets have such characters
		}},
		"generate_token_unsupported_media_type": {415, "415 invalid_request", "", func(w *world) answer {
			return w.send("POST", "/application/token/", "x", http.Header{"Content-Type": {"text/plain"}})
		}},
		"generate_token_invalid_client_id": {401, "401 invalid_client", "", func(w *world) answer {
			return w.json("unknown", secretOf("all"), "alice@example.com")
		}},
		"generate_token_invalid_client_secret": {401, "401 invalid_client", "", func(w *world) answer {
			return w.json("all", "wrong", "alice@example.com")
		}},
		"generate_token_inactive_application": {401, "401 invalid_client", "", func(w *world) answer {
			return w.json("off", secretOf("off"), "alice@example.com")
		}},
		"generate_token_inactive_application_wrong_secret": {401, "401 invalid_client", "", func(w *world) answer {
			return w.json("off", "wrong", "alice@example.com")
		}},
		"generate_token_invalid_email_format": {400, "400 invalid_scope", "", func(w *world) answer {
			return w.json("all", secretOf("all"), "not-an-email")
		}},
		"generate_token_domain_not_authorized": {403, "400 invalid_scope", refused, func(w *world) answer {
			return w.json("all", secretOf("all"), "alice@other.example")
		}},
		"generate_token_domain_authorized": {200, "200", "", func(w *world) answer {
			return w.json("all", secretOf("all"), "Alice@EXAMPLE.com")
		}},
		"generate_token_user_not_found": {404, "400 invalid_scope", refused, func(w *world) answer {
			return w.json("anyone", secretOf("anyone"), "new@example.com")
		}},
		"token_payload_structure": {200, "200", "", func(w *world) answer {
			a := w.json("all", secretOf("all"), "alice@example.com")
			claims := w.claims(a.text("access_token"))
			w.is.Equal(claims["sub"], uuidOf(1)) // user_id there, the same id
			w.is.Equal(claims["client_id"], "all")
			w.is.Equal(claims["act"], map[string]any{"sub": "all"}) // delegated there
			return a
		}},
		"token_existing_user": {200, "200", "", func(w *world) answer {
			a := w.json("anyone", secretOf("anyone"), "BOB@example.com")
			w.is.Equal(w.claims(a.text("access_token"))["sub"], uuidOf(2)) // no second user is made
			return a
		}},
	})
}

// TestTheirTokensForNewUsers has those with the setting that lets applications create users.
func TestTheirTokensForNewUsers(t *testing.T) {
	is := is.New(t)
	w := newWorld(t, nil, "--provision")
	// token_new_user, and token_new_user_race_condition: 200 there and here.
	subjects, all := make([]any, 8), sync.WaitGroup{}
	for i := range subjects {
		all.Go(func() {
			a := w.json("all", secretOf("all"), "new@example.com")
			is.Equal(a.status, 200)
			subjects[i] = w.claims(a.text("access_token"))["sub"]
		})
	}
	all.Wait()
	for _, subject := range subjects {
		is.Equal(subject, subjects[0]) // one user, however many ask at once
	}
	// token_new_user_race_condition_unrecoverable: 409 there; here the row that wins is
	// always found, so there is no such answer.
}
