package inventory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/matryer/is"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/scopes"
	"github.com/anteroom-go/anteroom/server/database/dbtest"
	"github.com/anteroom-go/anteroom/server/database/tables"
	"github.com/anteroom-go/anteroom/server/internal/inventory"
)

// world is a database under test and a clock that stands.
type world struct {
	*testing.T
	db    *bun.DB
	reg   *registry.Registry
	now   time.Time
	named []string
	gone  []string
}

func each(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *bun.DB) {
		w := &world{T: t, db: db, now: time.Now().Truncate(time.Second)}
		var err error
		w.reg, err = registry.New(registry.Config{DB: db, RootKeys: delegation.NewRootKeys(), Now: w.clock})
		is.New(t).NoErr(err)
		_, err = w.reg.OpenKeys(t.Context())
		is.New(t).NoErr(err)
		run(t, w)
	})
}

func (w *world) clock() time.Time { return w.now }

// metrics returns the samples of some metrics of a new inventory.
func (w *world) metrics(names ...string) string {
	w.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(inventory.New(inventory.Config{DB: w.db, RotateEvery: 24 * time.Hour, Now: w.clock,
		KeysAgreed: func() time.Time { return w.now.Add(-3 * time.Second) },
		Clients:    func() []string { return w.named }, Forget: func(gone []string) { w.gone = gone }}))
	families, err := registry.Gather()
	is.New(w.T).NoErr(err)
	var text strings.Builder
	for _, family := range families {
		if len(names) == 0 || slices.Contains(names, family.GetName()) {
			_, err := expfmt.MetricFamilyToText(&text, family)
			is.New(w.T).NoErr(err)
		}
	}
	samples := slices.DeleteFunc(strings.Split(strings.TrimSpace(text.String()), "\n"),
		func(line string) bool { return strings.HasPrefix(line, "#") })
	return strings.Join(samples, "\n")
}

func TestKeysAndLeases(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.NoErr(w.reg.Housekeep(t.Context()))
		w.now = w.now.Add(time.Hour)
		is.Equal(w.metrics("anteroom_signing_key_age_seconds", "anteroom_signing_key_next_rotation_seconds",
			"anteroom_lease_remaining_seconds", "anteroom_signing_keys_confirmed_age_seconds", "anteroom_inventory_up"),
			`anteroom_inventory_up 1
anteroom_lease_remaining_seconds{lease="purge"} -3420
anteroom_signing_key_age_seconds 3600
anteroom_signing_key_next_rotation_seconds 82800
anteroom_signing_keys_confirmed_age_seconds 3`)
	})
}

func TestSecrets(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		create := func(expires time.Duration) string {
			app, _, err := w.reg.CreateApplication(t.Context(), delegation.Application{Name: "A", Scopes: scopes.All()})
			is.NoErr(err)
			_, err = w.db.ExecContext(t.Context(),
				tables.SQL(w.db, "UPDATE {application_secrets} SET expires_at = ? WHERE client_id = ?"),
				w.now.Add(expires).UTC(), app.ClientID)
			is.NoErr(err)
			return app.ClientID
		}
		today := create(time.Hour)
		create(8 * 24 * time.Hour)
		create(-time.Hour)
		is.Equal(w.metrics("anteroom_secrets_expiring", "anteroom_application_secrets_expiring"),
			`anteroom_application_secrets_expiring{client_id="`+today+`"} 1`+"\nanteroom_secrets_expiring 1")
		for range 205 {
			create(time.Hour)
		}
		text := w.metrics("anteroom_secrets_expiring", "anteroom_application_secrets_expiring")
		is.Equal(strings.Count(text, "client_id"), 201) // the number of names is bounded
		is.True(strings.Contains(text, `anteroom_application_secrets_expiring{client_id="other"} 6`))
		is.True(strings.Contains(text, "\nanteroom_secrets_expiring 206"))
	})
}

func TestBacklog(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		for n, age := range []time.Duration{time.Hour, 2 * time.Hour, -time.Hour} {
			is.NoErr(w.reg.RevokeToken(t.Context(), "", fmt.Sprint("token-", n), w.now.Add(-age)))
		}
		is.Equal(w.metrics("anteroom_cleanup_backlog"), `anteroom_cleanup_backlog{kind="pins"} 0
anteroom_cleanup_backlog{kind="revoked_tokens"} 2
anteroom_cleanup_backlog{kind="room_requests"} 0
anteroom_cleanup_backlog{kind="used_assertions"} 0
anteroom_cleanup_backlog{kind="used_proofs"} 0`)
		is.NoErr(w.reg.Purge(t.Context()))
		is.True(strings.Contains(w.metrics("anteroom_cleanup_backlog"), `{kind="revoked_tokens"} 0`))
	})
}

func TestApplicationsThatAreGone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		app, _, err := w.reg.CreateApplication(t.Context(), delegation.Application{Name: "A", Scopes: scopes.All()})
		is.NoErr(err)
		w.named = []string{app.ClientID, "gone"}
		is.Equal(w.metrics("anteroom_applications"), "anteroom_applications 1")
		is.Equal(w.gone, []string{"gone"})
	})
}

func TestDatabaseAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		is := is.New(t)
		is.NoErr(w.db.Close())
		is.Equal(w.metrics(), "anteroom_inventory_up 0\nanteroom_signing_keys_confirmed_age_seconds 3") // and none is wrong
	})
}
