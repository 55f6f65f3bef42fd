package pins

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/anteroom-go/anteroom/rooms/internal/code"
)

// Hold is how long the PIN of a deleted room is given to no other room.
const Hold = 30 * 24 * time.Hour

const (
	// every is how often PINs are given back and counted.
	every = time.Hour
	// atMost is how long one round may take. What it does not manage the next one does.
	atMost = 30 * time.Second
	// batch is how many PINs one statement gives back, so that none holds locks for long.
	batch = 1000
	// plenty is the length from which PINs are not counted: ten billion last.
	plenty = 10
	// sample is how many PINs are drawn to find out which part of all is taken.
	sample = 1000
	// again is after how long a warning is repeated.
	again = 24 * time.Hour
)

// Store keeps the PINs of rooms. The conformance suite is roomstest.PINs.
type Store interface {
	// ReleasePINs takes the PINs from rooms that were deleted before a time, from at most so
	// many rooms, the first deleted ones first. It returns from how many.
	ReleasePINs(ctx context.Context, deletedBefore time.Time, limit int) (int, error)

	// CountPINs returns how many of the different PINs a room has, live or deleted.
	CountPINs(ctx context.Context, asked []string) (int, error)
}

// Config configures an [Upkeep].
type Config struct {
	// Store keeps the PINs. Required.
	Store Store
	// Length is that of the PINs of new rooms, 6 to 12 digits. Zero means that new rooms get
	// none; those of deleted rooms are given back all the same. PINs of ten digits and more
	// are not counted.
	Length int
	// Logger receives a warning when over a tenth of all PINs are taken, when over half are,
	// and each day on which that is still so; and the errors of the store. Nil discards.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// ConfigError reports one mistake in a [Config].
type ConfigError struct {
	// Field is the name of the field.
	Field string
	// Problem continues a sentence that begins with the field.
	Problem string
}

// Error returns the sentence.
func (e *ConfigError) Error() string { return "pins: Config." + e.Field + " " + e.Problem }

// Upkeep gives PINs back and counts them. Its methods are called by one goroutine at a time.
type Upkeep struct {
	config Config
	warned float64   // the part of all PINs that the last warning was about
	repeat time.Time // when it is repeated
}

// New returns an upkeep. It returns a [*ConfigError] for each mistake in the configuration,
// joined by [errors.Join].
func New(config Config) (*Upkeep, error) {
	var mistakes []error
	if config.Store == nil {
		mistakes = append(mistakes, &ConfigError{"Store", "is required"})
	}
	if config.Length != 0 && (config.Length < 6 || config.Length > 12) {
		mistakes = append(mistakes, &ConfigError{"Length", "must be from 6 to 12, or 0 for no PINs"})
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return &Upkeep{config: config}, nil
}

// Run calls [Upkeep.Work] now and every hour until ctx ends. Errors go to the Logger.
func (u *Upkeep) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := u.round(ctx); err != nil && ctx.Err() == nil {
			u.config.Logger.LogAttrs(ctx, slog.LevelError, "housekeeping", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// round is [Upkeep.Work] with an end, so that a silent store is not waited for.
func (u *Upkeep) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	return u.Work(ctx)
}

// Work gives back all PINs that are due, and warns if too many are taken.
func (u *Upkeep) Work(ctx context.Context) error {
	return errors.Join(u.release(ctx), u.count(ctx))
}

// release gives PINs back, a batch at a time.
func (u *Upkeep) release(ctx context.Context) error {
	for {
		n, err := u.config.Store.ReleasePINs(ctx, u.config.Now().Add(-Hold), batch)
		if err != nil {
			return fmt.Errorf("pins: giving PINs back: %w", err)
		}
		if n < batch {
			return nil
		}
	}
}

// count finds out which part of all PINs is taken. It draws some and asks for them, as the
// creation of a room does, so that its cost does not grow with the number of rooms.
func (u *Upkeep) count(ctx context.Context) error {
	if u.config.Length == 0 || u.config.Length >= plenty {
		return nil
	}
	drawn := map[string]bool{}
	for len(drawn) < sample {
		drawn[code.PIN(u.config.Length)] = true
	}
	asked := make([]string, 0, sample)
	for pin := range drawn {
		asked = append(asked, pin)
	}
	taken, err := u.config.Store.CountPINs(ctx, asked)
	if err != nil {
		return fmt.Errorf("pins: counting PINs: %w", err)
	}
	u.warn(ctx, float64(taken)/sample)
	return nil
}

// warn warns if too great a part of all PINs is taken: at once when it comes to more than
// the last warning was about, and again after a day.
func (u *Upkeep) warn(ctx context.Context, part float64) {
	level := 0.0
	for _, bound := range []float64{0.1, 0.5} {
		if part > bound {
			level = bound
		}
	}
	now := u.config.Now()
	if level == 0 || level <= u.warned && now.Before(u.repeat) {
		return
	}
	u.warned, u.repeat = level, now.Add(again)
	all := int(math.Pow10(u.config.Length))
	u.config.Logger.LogAttrs(ctx, slog.LevelWarn, "many PINs are taken: longer ones last longer",
		slog.Int("digits", u.config.Length), slog.Int("pins", all), slog.Int("taken", int(part*float64(all))),
		slog.Int("taken_percent", int(math.Round(100*part))))
}
