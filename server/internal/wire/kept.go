package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// kept is an answer in the form in which it is kept.
type kept struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// Kept returns the answer in the form in which it is kept, for [ReplyOf].
func (r Reply) Kept() []byte { return Encode(kept{r.Status, r.Header, string(r.Body)}) }

// ReplyOf returns the answer that was kept.
func ReplyOf(text []byte) (Reply, error) {
	var answer kept
	if err := json.Unmarshal(text, &answer); err != nil {
		return Reply{}, fmt.Errorf("reading a kept answer: %w", err)
	}
	return Reply{Status: answer.Status, Header: answer.Headers, Body: []byte(answer.Body)}, nil
}

// Fingerprint tells requests with one key apart: by their path, media type and body.
func (b Body) Fingerprint(path string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", path, b.Media)
	sum.Write(b.Text)
	return hex.EncodeToString(sum.Sum(nil))
}
