package stats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
)

// Store counts rooms. Implementations are safe for concurrent use. Any error that
// is not named here means that the store could not answer. The conformance suite is
// roomstest.Statistics.
type Store interface {
	// Sources returns every source that ever created a room, ordered by kind and
	// id, each with the name that its latest room was given.
	Sources(ctx context.Context) ([]rooms.Source, error)

	// Count counts rooms of the view's source, live and deleted: all of them for
	// a program; for a user those in which the user has a role or had one when
	// the room was deleted, by id or by address. AllSources makes no difference.
	// It returns one count for each period: they begin at the ascending times in
	// starts and end where the next one begins, the last at end. It returns
	// [rooms.ErrView] if the view is not valid.
	Count(ctx context.Context, view rooms.View, starts []time.Time, end time.Time) ([]Count, error)
}

// Count is what is counted in one period.
type Count struct {
	// Created and Deleted are numbers of rooms; one that was deleted counts as
	// created, too.
	Created, Deleted int
	// Users is how many different users own the rooms created.
	Users int
}

// Config configures [Statistics].
type Config struct {
	// Store counts the rooms. Required.
	Store Store
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// ConfigError reports one thing that is wrong with a [Config].
type ConfigError struct {
	// Field is the name of the field.
	Field string
	// Problem is what is wrong with it.
	Problem string
}

// Error returns the field and the problem.
func (e *ConfigError) Error() string { return fmt.Sprintf("stats: Config.%s %s", e.Field, e.Problem) }

// Statistics counts rooms by period.
type Statistics struct {
	config Config
}

// New returns the statistics of a configuration. It returns a [*ConfigError] for
// everything that is wrong with it, joined by [errors.Join].
func New(config Config) (*Statistics, error) {
	if config.Store == nil {
		return nil, errors.Join(&ConfigError{"Store", "is required"})
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Statistics{config: config}, nil
}

// Of counts the rooms of the caller's own source, whatever the caller's reach: all
// for a program, and for a user those in which they have or had a role. It returns
// every period, the oldest first, with the source as the caller names it. It
// returns [rooms.ErrCaller] for a caller that is not valid, and a
// [*rooms.InvalidError] for options that are not.
func (s *Statistics) Of(ctx context.Context, caller rooms.Caller, options Options) ([]Statistic, error) {
	if err := caller.Validate(); err != nil {
		return nil, err
	}
	periods, err := options.periods(s.config.Now())
	if err != nil {
		return nil, err
	}
	caller.AllSources = false
	counts, err := s.config.Store.Count(ctx, caller.View(), periods.starts, periods.end)
	if err != nil {
		return nil, err
	}
	list := make([]Statistic, len(counts))
	for i, count := range counts {
		list[i] = Statistic{Start: periods.days[i], Source: caller.Source, Count: count}
	}
	return list, nil
}

// All counts the rooms of all sources: for operators, never for callers. It
// returns every period, the oldest first, and within it every source, ordered by
// kind and id. It returns a [*rooms.InvalidError] for options that are not valid.
func (s *Statistics) All(ctx context.Context, options Options) ([]Statistic, error) {
	periods, err := options.periods(s.config.Now())
	if err != nil {
		return nil, err
	}
	sources, err := s.config.Store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Statistic, len(periods.days)*len(sources))
	for i, source := range sources {
		view := rooms.View{Program: true, SourceKind: source.Kind, SourceID: source.ID}
		counts, err := s.config.Store.Count(ctx, view, periods.starts, periods.end)
		if err != nil {
			return nil, err
		}
		for j, count := range counts {
			list[j*len(sources)+i] = Statistic{Start: periods.days[j], Source: source, Count: count}
		}
	}
	return list, nil
}
