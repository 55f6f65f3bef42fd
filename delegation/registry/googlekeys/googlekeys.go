// Package googlekeys keeps the keys of programs for Google's services on SQL, in the tables of package
// registry.
package googlekeys

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/delegation/google"
	"github.com/anteroom-go/anteroom/delegation/internal/setting"
	"github.com/anteroom-go/anteroom/delegation/registry/audit"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/recording"
	"github.com/anteroom-go/anteroom/delegation/registry/internal/rows"
	"github.com/anteroom-go/anteroom/server/database/tables"
)

// The errors of a [Store], besides [delegation.ErrApplicationNotFound].
var (
	ErrKeyNotFound = errors.New("googlekeys: the application has no such key that is good")
	ErrTooMany     = fmt.Errorf("googlekeys: the application has %d keys, as many as it may have", google.MaxKeys)
	ErrLabel       = errors.New("googlekeys: a label has at most 255 characters of UTF-8, without control characters")
)

// Config configures a [Store].
type Config struct {
	// DB is the migrated database, or a host's transaction on it. Required.
	DB bun.IDB
	// OnEvent receives every change that is recorded. Nil means that events are dropped.
	OnEvent func(ctx context.Context, event delegation.Event)
	// RequestID returns the id of the request of a context, for the record. Nil means that there is none.
	RequestID func(ctx context.Context) string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Store keeps keys. It implements [google.Keys], and is safe for concurrent use.
type Store struct {
	config  Config
	texts   *tables.Texts
	changes recording.Recorder
}

var _ google.Keys = (*Store)(nil)

// New returns a store.
func New(config Config) (*Store, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.OnEvent == nil {
		config.OnEvent = func(context.Context, delegation.Event) {}
	}
	names, err := tables.Known(config.DB)
	if err != nil {
		return nil, fmt.Errorf("googlekeys: %w", err)
	}
	return &Store{config: config, texts: names.Texts(),
		changes: recording.Recorder{DB: config.DB, RequestID: config.RequestID, Tell: config.OnEvent}}, nil
}

// keyRow is a key as SQL has it.
type keyRow struct {
	bun.BaseModel `bun:"table:google_keys,alias:g"`

	ClientID   string    `bun:"client_id,pk"`
	KeyID      string    `bun:"key_id,pk"`
	PublicKey  string    `bun:"public_key"`
	Label      string    `bun:"label"`
	CreatedAt  time.Time `bun:"created_at"`
	LastUsedAt time.Time `bun:"last_used_at,nullzero"`
	EndedAt    time.Time `bun:"ended_at,nullzero"`
}

func (row keyRow) key() (google.Key, error) {
	der, err := base64.StdEncoding.DecodeString(row.PublicKey)
	if err != nil {
		return google.Key{}, fmt.Errorf("googlekeys: reading a key: %w", err)
	}
	key, err := google.ParsePublic(der)
	if err != nil {
		return google.Key{}, fmt.Errorf("googlekeys: reading a key: %w", err)
	}
	key.Label, key.CreatedAt = row.Label, row.CreatedAt.UTC()
	key.LastUsedAt, key.EndedAt = rows.UTC(row.LastUsedAt), rows.UTC(row.EndedAt)
	return key, nil
}

func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

func (s *Store) sql(text string) string { return s.texts.SQL(text) }

// Add makes a key for an application and keeps its public part. The private part is returned once, and
// kept nowhere. It returns [ErrTooMany] if the application has as many as it may have, [ErrLabel], and
// [delegation.ErrApplicationNotFound].
func (s *Store) Add(ctx context.Context, clientID, label string) (google.Key, *rsa.PrivateKey, error) {
	if setting.Label(label) != "" {
		return google.Key{}, nil, ErrLabel
	}
	key, private, err := google.Generate()
	if err != nil {
		return google.Key{}, nil, err
	}
	der, err := key.MarshalPublic()
	if err != nil {
		return google.Key{}, nil, err
	}
	key.Label, key.CreatedAt = label, s.now()
	row := keyRow{ClientID: clientID, KeyID: key.ID, PublicKey: base64.StdEncoding.EncodeToString(der), Label: label,
		CreatedAt: key.CreatedAt}
	err = s.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		if err := s.reserve(ctx, tx, clientID); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).ModelTableExpr(s.sql("{google_keys} AS g")).Exec(ctx); err != nil {
			return fmt.Errorf("googlekeys: inserting a key: %w", err)
		}
		tx.Note(audit.Change{Kind: audit.GoogleKeyAdded, ClientID: clientID, Subject: key.ID,
			After: audit.Values{"label": label}})
		return nil
	})
	if err != nil {
		return google.Key{}, nil, err
	}
	return key, private, nil
}

// reserve makes transactions about one application wait for each other, and returns [ErrTooMany] if it
// has no place for a key.
func (s *Store) reserve(ctx context.Context, tx *recording.Tx, clientID string) error {
	found, err := rows.Affected(tx.ExecContext(ctx,
		s.sql("UPDATE {applications} SET version = version + 1 WHERE client_id = ?"), rows.OrEmpty(clientID)))
	switch {
	case err != nil:
		return fmt.Errorf("googlekeys: locking an application: %w", err)
	case !found:
		return delegation.ErrApplicationNotFound
	}
	good, err := s.good(tx, clientID, (*keyRow)(nil)).Count(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("googlekeys: counting keys: %w", err)
	case good >= google.MaxKeys:
		return ErrTooMany
	}
	return nil
}

// good selects the keys of an application that have not been ended.
func (s *Store) good(db bun.IDB, clientID string, model any) *bun.SelectQuery {
	return db.NewSelect().Model(model).ModelTableExpr(s.sql("{google_keys} AS g")).
		Where("g.client_id = ? AND g.ended_at IS NULL", rows.OrEmpty(clientID))
}

// GoogleKeys implements [google.Keys].
func (s *Store) GoogleKeys(ctx context.Context, clientID string) ([]google.Key, error) {
	var list []keyRow
	err := s.good(s.config.DB, clientID, &list).Order("g.created_at", "g.key_id").Limit(google.MaxKeys).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("googlekeys: finding keys: %w", err)
	}
	return keysOf(list)
}

func keysOf(list []keyRow) (keys []google.Key, err error) {
	keys = make([]google.Key, len(list))
	for i, row := range list {
		if keys[i], err = row.key(); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// All returns every key of an application, the oldest first, also those that were ended. It returns
// [delegation.ErrApplicationNotFound] if there is no such application.
func (s *Store) All(ctx context.Context, clientID string) ([]google.Key, error) {
	there, err := s.config.DB.NewSelect().ColumnExpr("1").TableExpr(s.sql("{applications} AS a")).
		Where("a.client_id = ?", rows.OrEmpty(clientID)).Exists(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("googlekeys: finding an application: %w", err)
	case !there:
		return nil, delegation.ErrApplicationNotFound
	}
	var list []keyRow
	if err := s.config.DB.NewSelect().Model(&list).ModelTableExpr(s.sql("{google_keys} AS g")).
		Where("g.client_id = ?", clientID).Order("g.created_at", "g.key_id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("googlekeys: listing keys: %w", err)
	}
	return keysOf(list)
}

// End ends a key for good. It returns [ErrKeyNotFound] if the application has no such key, or has
// it no longer.
func (s *Store) End(ctx context.Context, clientID, keyID string) error {
	return s.changes.Change(ctx, func(ctx context.Context, tx *recording.Tx) error {
		ended, err := rows.Affected(tx.ExecContext(ctx, s.sql(`UPDATE {google_keys} SET ended_at = ?
			WHERE client_id = ? AND key_id = ? AND ended_at IS NULL`), s.now(), rows.OrEmpty(clientID), rows.OrEmpty(keyID)))
		switch {
		case err != nil:
			return fmt.Errorf("googlekeys: ending a key: %w", err)
		case !ended:
			return ErrKeyNotFound
		}
		tx.Note(audit.Change{Kind: audit.GoogleKeyEnded, ClientID: clientID, Subject: keyID})
		return nil
	})
}

// GoogleKeyUsed implements [google.Keys].
func (s *Store) GoogleKeyUsed(ctx context.Context, clientID, keyID string, at time.Time) error {
	at = at.UTC().Truncate(time.Microsecond)
	_, err := s.config.DB.ExecContext(ctx, s.sql(`UPDATE {google_keys} SET last_used_at = ?
		WHERE client_id = ? AND key_id = ? AND (last_used_at IS NULL OR last_used_at < ?)`),
		at, rows.OrEmpty(clientID), rows.OrEmpty(keyID), at)
	if err != nil {
		return fmt.Errorf("googlekeys: noting the use of a key: %w", err)
	}
	return nil
}
