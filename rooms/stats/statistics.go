package rooms

import (
	"context"
	"time"
)

// StatisticsOptions select what is counted.
type StatisticsOptions struct {
	// Interval is the length of the periods; empty means Day.
	Interval Interval
	// From and To are the first and the last day, of which only the dates
	// count; the periods that hold them are counted as a whole. Zero means up
	// to now, and the last thirty days, twelve weeks or twelve months.
	From, To time.Time
	// Location is where days begin and end; nil means UTC.
	Location *time.Location
}

// Statistic counts what happened in one period to the rooms of one source.
type Statistic struct {
	// Start is the first day of the period: a date, as midnight UTC.
	Start time.Time
	// Source has the name that the caller has or, over all sources, that its
	// latest room was given.
	Source Source
	// Created and Deleted count rooms; one that was deleted later still counts
	// as created. Users counts the different owners of the rooms created.
	Created, Deleted, Users int
}

// StatisticsStore is what a [Store] implements as well if it can count. The
// suite is roomstest.Statistics.
type StatisticsStore interface {
	// Sources returns every source that ever created a room, ordered by kind
	// and id, each with the name that its latest room was given.
	Sources(ctx context.Context) ([]Source, error)

	// Count counts rooms of the view's source, live and deleted, in which the
	// view's user has or had a role when they were deleted; without a user all
	// of them. There is one count for each period: they begin at the given
	// ascending times and end where the next one begins, the last at end.
	Count(ctx context.Context, view View, starts []time.Time, end time.Time) ([]Count, error)
}

// Count is what a [Statistic] has to count.
type Count struct {
	Created, Deleted, Users int
}

// Statistics counts the rooms of the caller's own source in which its user has a
// role, whatever the caller's reach: every period, the oldest first.
// [*InvalidError], ErrUnsupported.
func (s *Service) Statistics(ctx context.Context, caller Caller, options StatisticsOptions) ([]Statistic, error) {
	if err := caller.validate(); err != nil {
		return nil, err
	}
	return s.count(ctx, options, caller.User, func(StatisticsStore) ([]Source, error) { return []Source{caller.Source}, nil })
}

// AllStatistics counts the rooms of all sources: for operators, never for
// callers. [*InvalidError], ErrUnsupported.
func (s *Service) AllStatistics(ctx context.Context, options StatisticsOptions) ([]Statistic, error) {
	return s.count(ctx, options, "", func(store StatisticsStore) ([]Source, error) { return store.Sources(ctx) })
}

// count counts the rooms of the sources in which the user has a role, by period
// and then by source.
func (s *Service) count(ctx context.Context, options StatisticsOptions, user string, list func(StatisticsStore) ([]Source, error)) ([]Statistic, error) {
	store, ok := s.config.Store.(StatisticsStore)
	if !ok {
		return nil, ErrUnsupported
	}
	periods, err := options.periods(s.now())
	if err != nil {
		return nil, err
	}
	sources, err := list(store)
	if err != nil {
		return nil, err
	}
	all := make([]Statistic, len(periods.days)*len(sources))
	for i, source := range sources {
		view := View{User: user, SourceKind: source.Kind, SourceID: source.ID}
		counts, err := store.Count(ctx, view, periods.starts, periods.end)
		if err != nil {
			return nil, err
		}
		for j, c := range counts {
			all[j*len(sources)+i] = Statistic{Start: periods.days[j], Source: source, Created: c.Created, Deleted: c.Deleted, Users: c.Users}
		}
	}
	return all, nil
}
