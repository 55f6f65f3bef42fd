package inventory

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation/registry"
	"github.com/anteroom-go/anteroom/rooms/pins"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// signingKeys returns the ages of the keys, and when the next one takes over.
func (i *Inventory) signingKeys(ctx context.Context) ([]prometheus.Metric, error) {
	reg, err := registry.New(registry.Config{DB: i.config.DB})
	if err != nil {
		return nil, err
	}
	keys, err := reg.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	var metrics []prometheus.Metric
	count := map[registry.KeyState]int{}
	for _, key := range keys {
		count[key.State]++
		if key.State == registry.KeyActive {
			metrics = i.active(key, keys)
		}
	}
	for _, state := range []registry.KeyState{registry.KeyPending, registry.KeyActive, registry.KeyRetiring,
		registry.KeyRetired, registry.KeyCompromised} {
		metrics = append(metrics, gauge("anteroom_signing_keys", "Signing keys by the state of their life.",
			float64(count[state]), "state", string(state)))
	}
	return metrics, nil
}

// active returns the age of the key that signs, and when the next one takes over.
func (i *Inventory) active(key registry.KeyInfo, keys []registry.KeyInfo) []prometheus.Metric {
	now := i.config.Now()
	metrics := []prometheus.Metric{gauge("anteroom_signing_key_age_seconds",
		"Seconds since the active signing key began to sign.", now.Sub(key.ActivatedAt).Seconds())}
	next := key.ActivatedAt.Add(i.config.RotateEvery)
	waiting := slices.IndexFunc(keys, func(key registry.KeyInfo) bool { return key.State == registry.KeyPending })
	if waiting >= 0 {
		next = keys[waiting].SignsAt
	} else if i.config.RotateEvery < 0 {
		return metrics
	}
	return append(metrics, gauge("anteroom_signing_key_next_rotation_seconds",
		"Seconds until the next signing key takes over; less than 0 if that is overdue. Missing if keys are not rotated.",
		next.Sub(now).Seconds()))
}

// secrets returns how many secrets expire soon, in all and by application.
func (i *Inventory) secrets(ctx context.Context) ([]prometheus.Metric, error) {
	var rows []secretCount
	now := i.config.Now().UTC()
	err := i.config.DB.NewSelect().TableExpr("? AS s", tables.Table(i.config.DB, "application_secrets")).
		Join("JOIN ? AS a ON a.client_id = s.client_id AND a.active", tables.Table(i.config.DB, "applications")).
		ColumnExpr("s.client_id, count(*) AS secrets").
		Where("s.disabled_at IS NULL AND s.expires_at > ? AND s.expires_at <= ?", now, now.Add(Soon)).
		GroupExpr("s.client_id").OrderExpr("s.client_id").Limit(MostCounted).Scan(ctx, &rows)
	return expiring(rows), err
}

// secretCount is how many secrets of an application expire.
type secretCount struct {
	ClientID string `bun:"client_id"`
	Secrets  int    `bun:"secrets"`
}

// expiring returns the counts as metrics. The applications beyond mostClients are one.
func expiring(rows []secretCount) []prometheus.Metric {
	named := rows[:min(len(rows), mostClients)]
	all, rest := 0, secretCount{ClientID: "other"}
	for n, row := range rows {
		all += row.Secrets
		if n >= mostClients {
			rest.Secrets += row.Secrets
		}
	}
	if rest.Secrets > 0 {
		named = append(slices.Clone(named), rest)
	}
	metrics := []prometheus.Metric{gauge("anteroom_secrets_expiring", "Usable secrets that expire within seven days.",
		float64(all))}
	for _, row := range named {
		metrics = append(metrics, gauge("anteroom_application_secrets_expiring",
			"Usable secrets of an application that expire within seven days.", float64(row.Secrets), "client_id", row.ClientID))
	}
	return metrics
}

// backlog returns how many rows wait to be cleaned up, MostCounted at most.
func (i *Inventory) backlog(ctx context.Context) ([]prometheus.Metric, error) {
	now := i.config.Now().UTC()
	due := now.Add(-time.Minute)
	var metrics []prometheus.Metric
	for _, kind := range []struct {
		name, table, where string
		before             time.Time
	}{
		{"revoked_tokens", "revoked_tokens", "expires_at < ?", due},
		{"used_assertions", "used_assertions", "expires_at < ?", due},
		{"used_proofs", "used_proofs", "expires_at < ?", due},
		{"room_requests", "room_requests", "expires_at < ?", due},
		{"pins", "rooms", "pin IS NOT NULL AND deleted_at IS NOT NULL AND deleted_at < ?", now.Add(-pins.Hold)},
	} {
		var rows int
		bounded := i.config.DB.NewSelect().TableExpr("?", tables.Table(i.config.DB, kind.table)).ColumnExpr("1").
			Where(kind.where, kind.before).Limit(MostCounted)
		err := i.config.DB.NewSelect().TableExpr("(?) AS due", bounded).ColumnExpr("count(*)").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		metrics = append(metrics, gauge("anteroom_cleanup_backlog",
			"What has expired and is not cleaned up yet, counted up to 10,000 of each kind.", float64(rows), "kind", kind.name))
	}
	return metrics, nil
}

// leases returns for how long the process that cleans up is elected.
func (i *Inventory) leases(ctx context.Context) ([]prometheus.Metric, error) {
	var rows []struct {
		Name      string    `bun:"name"`
		ExpiresAt time.Time `bun:"expires_at"`
	}
	err := i.config.DB.NewSelect().TableExpr("?", tables.Table(i.config.DB, "leases")).Column("name", "expires_at").
		Where("name = 'purge'").Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	var metrics []prometheus.Metric
	for _, row := range rows {
		metrics = append(metrics, gauge("anteroom_lease_remaining_seconds",
			"Seconds until the lease of work that one process does must be renewed; less than 0 if none does it.",
			row.ExpiresAt.Sub(i.config.Now()).Seconds(), "lease", row.Name))
	}
	return metrics, nil
}

// clients drops the applications that are gone from the metrics that name them.
func (i *Inventory) clients(ctx context.Context) ([]prometheus.Metric, error) {
	var total int
	applications := tables.Table(i.config.DB, "applications")
	err := i.config.DB.NewSelect().TableExpr("?", applications).ColumnExpr("count(*)").Scan(ctx, &total)
	if err != nil {
		return nil, err
	}
	named := i.config.Clients()
	if len(named) > 0 {
		var there []string
		err := i.config.DB.NewSelect().TableExpr("?", applications).Column("client_id").
			Where("client_id IN (?)", bun.List(named)).Scan(ctx, &there)
		if err != nil {
			return nil, err
		}
		i.config.Forget(slices.DeleteFunc(named, func(id string) bool { return slices.Contains(there, id) }))
	}
	return []prometheus.Metric{gauge("anteroom_applications", "Applications that are registered.", float64(total))}, nil
}
