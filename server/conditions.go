package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/anteroom-go/anteroom/rooms"
)

// epoch stands for everything of the configuration that shows in a room, and for
// the fields that this release shows: rooms look different after they changed,
// whatever their version.
func (c Config) epoch() string {
	sum := sha256.Sum256(encodeJSON([]any{c.RoomURL, c.Telephony, roomView{}}))
	return hex.EncodeToString(sum[:4])
}

// etag is the entity tag of a room (RFC 9110 §8.8.3), a strong one: its version
// and the configuration decide what is sent.
func (s *Server) etag(room rooms.Room) string {
	return `"` + strconv.FormatInt(room.Version, 10) + "-" + s.epoch + `"`
}

// entityTags returns the tags of a condition, and whether there is one at all.
func entityTags(r *http.Request, name string) (tags []string, given bool) {
	values := r.Header.Values(name)
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tags = append(tags, strings.TrimSpace(tag))
	}
	return tags, len(values) > 0
}

// noneMatch reports whether the caller does not have what the tag stands for: the
// weak comparison of If-None-Match (RFC 9110 §13.1.2).
func noneMatch(r *http.Request, tag string) bool {
	tags, _ := entityTags(r, "If-None-Match")
	return !slices.ContainsFunc(tags, func(given string) bool { return given == "*" || strings.TrimPrefix(given, "W/") == tag })
}

// ifMatch returns the versions of a room that the caller wants to act on: the
// strong comparison of If-Match (RFC 9110 §13.1.1). Nil means any.
func (s *Server) ifMatch(r *http.Request) []int64 {
	tags, given := entityTags(r, "If-Match")
	if !given || slices.Contains(tags, "*") {
		return nil
	}
	versions := []int64{}
	for _, tag := range tags {
		digits, ours := strings.CutSuffix(strings.TrimPrefix(tag, `"`), "-"+s.epoch+`"`)
		version, err := strconv.ParseInt(digits, 10, 64)
		if ours && err == nil && s.etag(rooms.Room{Version: version}) == tag {
			versions = append(versions, version)
		}
	}
	return versions
}
