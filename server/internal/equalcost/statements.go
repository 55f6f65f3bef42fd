package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/uptrace/bun"
)

// statements are those that reached the database since they were last taken.
type statements struct {
	mu   sync.Mutex
	sent []string
}

// BeforeQuery implements bun.QueryHook.
func (s *statements) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, event.Query)
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (s *statements) AfterQuery(context.Context, *bun.QueryEvent) {}

// literals are the texts and times in a statement, in which requests differ.
var literals = regexp.MustCompile(`'(?:[^']|'')*'`)

// take returns the shapes of the statements, and forgets them.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	shapes := make([]string, len(s.sent))
	for i, text := range s.sent {
		shapes[i] = literals.ReplaceAllString(text, "?")
	}
	s.sent = nil
	return shapes
}

// alike asks for every cause, and returns an error if two of a group differ in
// their answers or in the statements that they send. The second time of each
// counts: the first one may teach the server something.
func (w *world) alike(ctx context.Context, causes []cause) error {
	shapes := map[string][]string{} // by group
	if _, err := measure(ctx, causes, 1, 0); err != nil {
		return err
	}
	for _, c := range causes {
		w.sent.take()
		if _, _, err := ask(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		sent := w.sent.take()
		if first, known := shapes[c.group]; known && !slices.Equal(first, sent) {
			return fmt.Errorf("%s, %s: the statements differ: %q, %q", c.group, c.name, sent, first)
		}
		shapes[c.group] = sent
	}
	return nil
}
