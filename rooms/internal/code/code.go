// Package code draws what names rooms: ids, slugs and PINs.
package code

import (
	"crypto/rand"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// IDs makes UUIDs of version 7 (RFC 9562 §5.7) that ascend strictly, also while its
// clock stands still or goes back. It is safe for concurrent use; the zero IDs is ready.
type IDs struct {
	mu   sync.Mutex
	last uint64
}

// Next returns an id for the time: 48 bits of milliseconds, 12 of the fraction of one (RFC
// 9562 §6.2, method 3) and 62 random bits.
func (s *IDs) Next(now time.Time) string {
	stamp := s.stamp(now)
	var id uuid.UUID
	_, _ = rand.Read(id[8:]) // never fails: crypto/rand ends the program instead
	for i := range 6 {
		id[i] = byte(stamp >> (52 - 8*i))
	}
	id[6] = 0x70 | byte(stamp>>8)&0x0f
	id[7] = byte(stamp)
	id[8] = 0x80 | id[8]&0x3f
	return id.String()
}

// stamp returns the time in 4096ths of a millisecond, or the least number after the last
// one.
func (s *IDs) stamp(now time.Time) uint64 {
	const millisecond = uint64(time.Millisecond)
	fraction := uint64(now.Nanosecond()) % millisecond * 4096 / millisecond
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last+1, uint64(max(now.UnixMilli(), 0))<<12|fraction)
	return s.last
}

// slugLetters are the letters of slugs.
const slugLetters = "abcdefghijklmnopqrstuvwxyz"

// Slug draws a meeting code: 3, 4 and 3 lower-case letters, 47 random bits.
func Slug() string {
	letters := draw(slugLetters, 10)
	return letters[:3] + "-" + letters[3:7] + "-" + letters[7:]
}

// PIN draws that many decimal digits.
func PIN(length int) string { return draw("0123456789", length) }

// draw draws characters of the alphabet, each as likely as the others.
func draw(alphabet string, length int) string {
	text := make([]byte, length)
	size := big.NewInt(int64(len(alphabet)))
	for i := range text {
		n, _ := rand.Int(rand.Reader, size) // never fails: crypto/rand ends the program instead
		text[i] = alphabet[n.Int64()]
	}
	return string(text)
}

// longestSlug is the greatest length of a slug that a room brought along.
const longestSlug = 100

// ParseSlug returns the slug that a text names, and whether it names one: one that is
// drawn here, or one that a room brought along from another product. It may be in either
// case, as people read codes out and type them.
func ParseSlug(text string) (slug string, ok bool) {
	slug = strings.ToLower(text)
	return slug, slug != "" && len(slug) <= longestSlug && strings.Trim(slug, slugLetters+"0123456789-_") == ""
}

// ParseID returns the id that a text names, in the form in which rooms have it, and whether
// it names one. A UUID may be in either case (RFC 9562 §4), a URN (§4), without its hyphens,
// or in braces, as other programs write it.
func ParseID(text string) (id string, ok bool) {
	if inside, braced := strings.CutPrefix(text, "{"); braced {
		text, braced = strings.CutSuffix(inside, "}")
		if !braced || len(text) != 36 {
			return "", false
		}
	}
	parsed, err := uuid.Parse(text)
	if err != nil || len(text) == 38 { // which uuid takes with any character around
		return "", false
	}
	return parsed.String(), true
}
