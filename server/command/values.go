package command

import (
	"time"

	"github.com/anteroom-go/anteroom/server/internal/flagvalue"
)

// parseEach parses every word of a list flag.
func parseEach[T any](flag string, words []string, parse func(string) (T, error)) ([]T, error) {
	list := make([]T, 0, len(words))
	for _, word := range words {
		element, err := parse(word)
		if err != nil {
			return nil, usagef("%s: %q: %v", flag, word, err)
		}
		list = append(list, element)
	}
	return list, nil
}

// set changes the target if a flag was given.
func set[T any](target, value *T) {
	if value != nil {
		*target = *value
	}
}

// orZero returns a duration, or zero if the flag was not given.
func orZero(value *flagvalue.Seconds) time.Duration {
	if value == nil {
		return 0
	}
	return time.Duration(*value)
}
