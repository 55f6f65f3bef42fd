package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/uptrace/bun"
)

// Change is one change, as it is recorded.
type Change struct {
	// Kind is one of [Kinds]. Required.
	Kind Kind
	// ClientID and UserID are the application and the user that it concerns, if any.
	ClientID, UserID string
	// Subject is the id of the secret, the token, the signing key or the room; the address
	// whose protection changed; empty if the application or the user says all.
	Subject string
	// Before and After are what was there and what is there now, of what has changed.
	Before, After Values
	// RequestID is the id of the request by which it was made, if there was one.
	RequestID string
}

// Entry is a row.
type Entry struct {
	bun.BaseModel `bun:"table:audit_trail,alias:t" json:"-"`

	// Seq is the number of the row: 1 for the first, without gaps.
	Seq int64 `bun:"seq,pk"`
	// At is when it was written, by the clock of the database, in UTC.
	At time.Time `bun:"at"`
	// By is who made the change, see package by.
	By string `bun:"author"`
	// The others are those of [Change].
	Kind      Kind   `bun:"kind"`
	ClientID  string `bun:"client_id"`
	UserID    string `bun:"user_id"`
	Subject   string `bun:"subject"`
	RequestID string `bun:"request_id"`
	// Before and After are objects of JSON, empty if there is nothing.
	Before string `bun:"before_change"`
	After  string `bun:"after_change"`
	// Hash is the link of the chain.
	Hash string `bun:"hash"`
}

// Digest returns the hash that an entry has behind another one: of these texts, each followed
// by a zero byte, which none of them holds: the hash of the entry before, or nothing for the
// first one; the number; the time in microseconds since 1970; By, Kind, ClientID, UserID,
// Subject, RequestID, Before and After.
func (e Entry) Digest(before string) string {
	digest := sha256.New()
	for _, text := range []string{before, strconv.FormatInt(e.Seq, 10), strconv.FormatInt(e.At.UnixMicro(), 10),
		e.By, string(e.Kind), e.ClientID, e.UserID, e.Subject, e.RequestID, e.Before, e.After} {
		digest.Write([]byte(text))
		digest.Write([]byte{0})
	}
	return hex.EncodeToString(digest.Sum(nil))
}
