package moving_test

import (
	"testing"
	"time"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/server"
)

const (
	noMode   = "a mode of sign-in that does not exist here"
	noScopes = "an application without scopes gets no token"
)

// requests are those that LaSuite Meet answers as well.
var requests = map[string]func(w *world, token string) answer{
	"list":     func(w *world, token string) answer { return w.as(token, "GET", "/rooms/", "") },
	"retrieve": func(w *world, token string) answer { return w.as(token, "GET", "/rooms/"+uuidOf(4)+"/", "") },
	"create":   func(w *world, token string) answer { return w.as(token, "POST", "/rooms/", "{}") },
}

// TestTheirRefusals has the scenarios that are the same for each request.
func TestTheirRefusals(t *testing.T) {
	scenarios := map[string]scenario{}
	for name, send := range requests {
		scenarios[name+"_requires_authentication"] = scenario{401, "401 missing_token", "",
			func(w *world) answer { return send(w, "") }}
		scenarios[name+"_inactive_user"] = scenario{401, "401 invalid_token", "", func(w *world) answer {
			token := w.token("all")
			_, err := w.registry().SetUserActive(w.Context(), "alice@example.com", false)
			w.is.NoErr(err)
			return send(w, token)
		}}
		scenarios[name+"_with_expired_token"] = scenario{401, "401 invalid_token", "", func(w *world) answer {
			token := w.token("all")
			w.offset = 2 * time.Hour
			return send(w, token)
		}}
		scenarios[name+"_with_invalid_rs_token"] = scenario{400, "401 invalid_token", noMode,
			func(w *world) answer { return send(w, "not.a.token") }}
		scenarios[name+"_missing_scope"] = scenario{403, "403 insufficient_scope", "", func(w *world) answer {
			return send(w, w.token(map[string]string{"list": "creates", "retrieve": "lists", "create": "lists"}[name]))
		}}
		scenarios[name+"_no_scope"] = scenario{403, "400 unauthorized_client", noScopes, func(w *world) answer {
			return w.ask("nothing", secretOf("nothing"), "alice@example.com")
		}}
	}
	play(t, scenarios)
}

// TestTheirRooms has the scenarios about rooms.
func TestTheirRooms(t *testing.T) {
	create := func(w *world, body string) answer { return w.as(w.token("all"), "POST", "/rooms/", body) }
	list := func(w *world) answer { return w.as(w.token("all"), "GET", "/rooms/", "") }
	first := func(w *world) map[string]any { return list(w).members["results"].([]any)[0].(map[string]any) }
	play(t, map[string]scenario{
		"list_with_valid_token": {200, "200", "", list},
		"list_with_no_rooms": {200, "200", "", func(w *world) answer {
			_, err := w.registry().AddUser(w.Context(), "new@example.com")
			w.is.NoErr(err)
			a := w.as(w.ask("all", secretOf("all"), "new@example.com").text("access_token"), "GET", "/rooms/", "")
			w.is.Equal(a.members["count"], 0.0)
			return a
		}},
		"list_with_application_disabled": {401, "401 invalid_token", "", func(w *world) answer {
			token := w.token("all")
			_, err := w.registry().UpdateApplication(w.Context(), "all",
				func(app *delegation.Application) error { app.Active = false; return nil })
			w.is.NoErr(err)
			return w.as(token, "GET", "/rooms/", "")
		}},
		"list_filters_by_user": {200, "200", "", func(w *world) answer {
			a := list(w)
			w.is.Equal(a.members["count"], 3.0) // every room in which she has a role, and none of bob's
			return a
		}},
		"list_access_level_in_results": {200, "200", "", func(w *world) answer {
			w.is.Equal(first(w)["access_level"], "trusted")
			return list(w)
		}},
		"list_does_not_expose_sensitive_fields": {200, "200", "", func(w *world) answer {
			room := first(w)
			for _, name := range []string{"pin_code", "created_by", "updated_by", "is_active", "members", "user_id"} {
				_, there := room[name]
				w.is.True(!there) // what is not for applications is not shown
			}
			return list(w)
		}},
		"list_expected_fields": {200, "200", "", func(w *world) answer {
			room := first(w)
			for _, name := range []string{"id", "name", "slug", "access_level", "configuration", "url", "telephony"} {
				_, there := room[name]
				w.is.True(there) // every member of there; there are more here
			}
			return list(w)
		}},
		"retrieve_success": {200, "200", "", func(w *world) answer {
			a := w.as(w.token("all"), "GET", "/rooms/"+uuidOf(4)+"/", "")
			w.is.Equal(a.members["telephony"], map[string]any{"enabled": true, "phone_number": "+33901020304",
				"pin_code": "0000000004", "default_country": "FR"})
			return a
		}},
		"retrieve_success_by_user": {403, "404 not_found", "a room of others and no room are one answer",
			func(w *world) answer {
				for _, id := range []string{uuidOf(4), uuidOf(6), uuidOf(8)} { // owner, member, administrator
					w.is.Equal(w.as(w.token("all"), "GET", "/rooms/"+id+"/", "").status, 200)
				}
				return w.as(w.token("all"), "GET", "/rooms/"+uuidOf(10)+"/", "")
			}},
		"retrieve_not_found": {404, "404 not_found", "", func(w *world) answer {
			return w.as(w.token("all"), "GET", "/rooms/"+uuidOf(99)+"/", "")
		}},
		"create_success": {201, "201", "", func(w *world) answer {
			a := create(w, `{}`)
			w.is.Equal(a.members["name"], a.members["slug"])
			w.is.Equal(a.members["configuration"], map[string]any{})
			w.is.Equal(a.text("access_level"), "trusted")
			return a
		}},
		"create_with_configuration_success": {201, "201", "", func(w *world) answer {
			a := create(w, `{"configuration":{"can_publish_sources":["camera"]}}`)
			w.is.Equal(a.members["configuration"], map[string]any{"can_publish_sources": []any{"camera"}})
			return a
		}},
		"create_readonly_enforcement": {201, "201", "", func(w *world) answer {
			a := create(w, `{"id":"fake-id","slug":"fake-slug","name":"fake-name","access_level":"restricted"}`)
			w.is.True(a.text("id") != "fake-id" && a.text("slug") != "fake-slug")
			w.is.Equal(a.text("name"), "fake-name") // names can be chosen here, and are ignored there
			return a
		}},
		"create_rejects_invalid_configuration": {400, "400 invalid_input", "", func(w *world) answer {
			return create(w, `{"configuration":{"colour":"red"}}`)
		}},
		"create_rejects_invalid_configuration_values[sources]": {400, "400 invalid_input", "", func(w *world) answer {
			return create(w, `{"configuration":{"can_publish_sources":["invalid-source"]}}`)
		}},
		"create_rejects_invalid_configuration_values[mute]": {400, "400 invalid_input", "", func(w *world) answer {
			return create(w, `{"configuration":{"everyone_can_mute":"invalid-value"}}`)
		}},
		"create_public_access_disabled_by_default": {400, "400 invalid_input", "", func(w *world) answer {
			return create(w, `{"access_level":"public"}`)
		}},
		"response_no_url": {200, "200", "", func(w *world) answer {
			w.is.True(first(w)["url"] != nil) // there always is one, also list_expected_fields_missing_base_url
			return list(w)
		}},
	})
}

// TestTheirSettings has the scenarios with other settings.
func TestTheirSettings(t *testing.T) {
	is := is.New(t)
	open := func(c *server.Config) { c.AllowPublic = true }
	w := newWorld(t, open) // create_public_access_enabled_with_settings
	a := w.as(w.token("all"), "POST", "/rooms/", `{"access_level":"public"}`)
	is.True(a.status == 201 && a.text("access_level") == "public")
	w = newWorld(t, func(c *server.Config) { open(c); c.DefaultAccessLevel = "public" })
	a = w.as(w.token("all"), "POST", "/rooms/", `{}`) // create_public_access_level_when_default_is_public
	is.True(a.status == 201 && a.text("access_level") == "public")
	w = newWorld(t, func(c *server.Config) { c.DefaultAccessLevel = "restricted" })
	a = w.as(w.token("all"), "POST", "/rooms/", `{}`) // create_default_access_level_respects_settings
	is.True(a.status == 201 && a.text("access_level") == "restricted")
	w = newWorld(t, func(c *server.Config) { c.Telephony = server.Telephony{} })
	a = w.as(w.token("all"), "GET", "/rooms/"+uuidOf(4)+"/", "") // response_no_telephony, list_…_without_telephony
	_, there := a.members["telephony"]
	is.True(a.status == 200 && !there)
}

// TestTheirForeignTokens has the scenarios with tokens that this server did not sign: each is
// one answer, whatever is wrong with the token and whoever signed it.
func TestTheirForeignTokens(t *testing.T) {
	theirs := map[string]int{
		"token_without_delegated_flag": 401, "token_invalid_signature": 401, "token_invalid_alg": 401,
		"token_missing_client_id": 401, "token_missing_user_id": 401, "token_invalid_audience": 401,
		"token_unknown_user": 401, "token_unknown_application": 401, "token_inactive_application": 401,
		"token_scope_case_insensitive":                                   200,
		"resource_server_creates_user_on_first_authentication":           200,
		"resource_server_skips_user_creation":                            401,
		"resource_server_authentication_successful":                      200,
		"resource_server_authentication_successful_application_disabled": 200,
		"resource_server_denies_access_with_insufficient_scopes":         403,
		"list_with_valid_addons_token":                                   200, "retrieve_with_valid_addons_token": 200,
		"create_with_valid_addons_token": 201, "addons_token_inactive_user": 401, "addons_token_expired": 401,
		"addons_token_missing_user_id": 401, "addons_token_invalid_audience": 401, "addons_token_unknown_user": 401,
		"addons_token_missing_scope": 403, "addons_token_invalid_signature": 401,
		"addons_disabled_defers_to_next_backend": 401,
	}
	scenarios := map[string]scenario{"addons_disabled_does_not_break_application_auth": {200, "200", "",
		func(w *world) answer { return w.as(w.token("all"), "GET", "/rooms/", "") }}}
	for name, status := range theirs {
		scenarios[name] = scenario{status, "401 invalid_token", noMode, foreign}
	}
	play(t, scenarios)
}
