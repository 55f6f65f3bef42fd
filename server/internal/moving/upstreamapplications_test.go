package moving_test

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// applicationIn returns a dump with one application, which has domains.
func applicationIn(fields map[string]any, domains ...string) string {
	var d django
	all := map[string]any{"name": "x", "client_id": "x", "client_secret": hashed("x"), "scopes": "[]"}
	for name, value := range fields {
		all[name] = value
	}
	pk := d.add("application", all)
	for _, domain := range domains {
		d.add("applicationdomain", map[string]any{"domain": domain, "application": pk})
	}
	return "[" + strings.Join(d.objects, ",") + "]"
}

// TestTheirApplications has the scenarios of what an application may be, as what an import
// makes of it. Those about Django's own forms (how one is shown, the order of a list, what is
// made for a new one) have nothing that moves.
func TestTheirApplications(t *testing.T) {
	tests := map[string]struct {
		dump   string
		status int
		want   []string // parts of the application that is there
	}{
		"name_maxlength":        {applicationIn(map[string]any{"name": strings.Repeat("a", 255)}), 0, []string{`aaa"`}},
		"name too long":         {applicationIn(map[string]any{"name": strings.Repeat("a", 256)}), 3, nil},
		"active_default":        {applicationIn(nil), 0, []string{`"active":true`}},
		"active":                {applicationIn(map[string]any{"is_active": false}), 0, []string{`"active":false`}},
		"active before 0018":    {applicationIn(map[string]any{"active": false}), 0, []string{`"active":false`}},
		"scopes_default":        {applicationIn(nil), 0, []string{`"scopes":[]`}},
		"client_id_length":      {applicationIn(map[string]any{"client_id": strings.Repeat("c", 100)}), 0, []string{`ccc"`}},
		"no client_id":          {applicationIn(map[string]any{"client_id": ""}), 3, nil},
		"secret_hashed_on_save": {applicationIn(nil), 0, []string{`"imported_hash":"pbkdf2_sha256$`}},
		"secret in plain":       {applicationIn(map[string]any{"client_secret": "plain"}), 3, []string{`"client_id":"x"`}},
		"no secret":             {applicationIn(map[string]any{"client_secret": ""}), 3, []string{`"client_id":"x"`}},
		"scopes_valid_choices": {applicationIn(map[string]any{"scopes": []string{"rooms:list", "rooms:delete"}}),
			0, []string{`"scopes":["rooms:list","rooms:delete"]`}},
		"scopes_invalid_choice": {applicationIn(map[string]any{"scopes": `["rooms:fly", "rooms:list"]`}), 0,
			[]string{`"scopes":["rooms:list"]`}},
		"domain_combined_normalization": {applicationIn(nil, "  ExAmPlE.COM "), 0, []string{`"domains":["example.com"]`}},
		"multiple_domains": {applicationIn(nil, "b.example", "a.example"), 0,
			[]string{`"domains":["a.example","b.example"]`}},
		"no_restrictions": {applicationIn(nil), 0, []string{`"any_user":true`, `"domains":[]`}},
	}
	for _, domain := range []string{"example.com", "sub.example.com", "deep.sub.example.com", "example-with-dash.com",
		"123.example.com"} {
		tests["valid domain "+domain] = struct {
			dump   string
			status int
			want   []string
		}{applicationIn(nil, domain), 0, []string{`"domains":["` + domain + `"]`, `"any_user":false`}}
	}
	for _, domain := range []string{"not a domain", "example..com", "-example.com", "example-.com", "example.com-"} {
		tests["invalid domain "+domain] = struct {
			dump   string
			status int
			want   []string
		}{applicationIn(nil, domain), 0, []string{`"domains":[]`, `"any_user":false`}} // it is for no one then
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			is := is.New(t)
			url := empty(t, dbtest.SQLite(t))
			r := bring(t, url, test.dump, "--delegate-any")
			is.Equal(r.status, test.status)
			all := whole(t, url)
			is.Equal(strings.Contains(all, `"kind":"application"`), test.want != nil) // it is there, or left out
			for _, part := range test.want {
				is.True(strings.Contains(all, part)) // as it was there
			}
		})
	}
}

// TestTheirDelegation has the scenarios of can_delegate_email.
func TestTheirDelegation(t *testing.T) {
	w := newWorld(t, nil, "--provision")
	for email, want := range map[string]int{
		"a@example.com": 200, "a@EXAMPLE.com": 200, "a@denied.example": 400, "a@sub.example.com": 400,
		"a@example.com.evil.example": 400,
	} {
		w.is.Equal(w.ask("all", secretOf("all"), email).status, want) // allowed_domain, case_insensitive, denied_domain
	}
	w.is.Equal(w.ask("anyone", secretOf("anyone"), "a@wherever.example").status, 200) // no_restrictions
}
