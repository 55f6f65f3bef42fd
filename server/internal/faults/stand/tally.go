//go:build linux

package stand

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Tally counts answers.
type Tally struct {
	mu       sync.Mutex
	statuses map[string]int // by status and code; "no answer" where there was none
	wrong    map[string]int // those that no caller should get, with an example each
	examples map[string]string
	slowest  time.Duration
	last     time.Time // when the last request ended that was not granted
	took     []time.Duration
}

// NewTally returns an empty tally.
func NewTally() *Tally {
	return &Tally{statuses: map[string]int{}, wrong: map[string]int{}, examples: map[string]string{}}
}

// Add counts an answer. While a fault is there a 503 with Retry-After is right, and
// so is a 409 that asks to come back because the first request is being answered.
func (t *Tally) Add(a Answer, fault bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kind := fmt.Sprint(a.Status)
	if a.Err != nil {
		kind = "no answer"
	} else if !a.OK() {
		kind = strings.TrimSpace(kind + " " + a.Code)
	}
	t.statuses[kind]++
	t.slowest = max(t.slowest, a.Took)
	t.took = append(t.took, a.Took)
	if a.OK() {
		return
	}
	t.last = a.Began.Add(a.Took)
	refused := a.Err == nil && (a.Status == 503 || a.Status == 409) && a.RetryAfter != ""
	if !refused || !fault {
		t.wrong[kind]++
		if a.Err != nil {
			t.examples[kind] = a.Err.Error()
		}
	}
}

// Count returns how many answers are of a kind, such as "503 temporarily_unavailable", or of a
// status, such as "503".
func (t *Tally) Count(kind string) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, count := range t.statuses {
		if name == kind || strings.HasPrefix(name, kind+" ") {
			n += count
		}
	}
	return n
}

// Granted returns how many requests were granted.
func (t *Tally) Granted() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for kind, count := range t.statuses {
		if strings.HasPrefix(kind, "2") {
			n += count
		}
	}
	return n
}

// Slowest returns how long the slowest answer took.
func (t *Tally) Slowest() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.slowest
}

// Quantile returns how long that part of the answers took at most, such as 0.99.
func (t *Tally) Quantile(part float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.took) == 0 {
		return 0
	}
	slices.Sort(t.took)
	return t.took[int(part*float64(len(t.took)-1))]
}

// LastFailure returns when the last request ended that was not granted.
func (t *Tally) LastFailure() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// Wrong returns an error that names the answers that no caller should get.
func (t *Tally) Wrong() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.wrong) == 0 {
		return nil
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(t.wrong)) {
		part := fmt.Sprintf("%d × %s", t.wrong[kind], kind)
		if example := t.examples[kind]; example != "" {
			part += " (" + example + ")"
		}
		parts = append(parts, part)
	}
	return fmt.Errorf("wrong answers: %s", strings.Join(parts, ", "))
}

// String returns the counts, such as "120 × 200, 3 × 503 temporarily_unavailable".
func (t *Tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(t.statuses)) {
		parts = append(parts, fmt.Sprintf("%d × %s", t.statuses[kind], kind))
	}
	return strings.Join(parts, ", ")
}
