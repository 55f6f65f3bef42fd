package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/google/uuid"

	"github.com/anteroom-go/anteroom/delegation"
	"github.com/anteroom-go/anteroom/rooms"
)

// A cursor is the place in a list after which the next page begins, and how many
// rooms the list had when it was begun.
type cursor struct {
	after string // id of a room
	total int
}

// cursors seals cursors and opens them: nobody else can make one, and one that
// was made for a caller and a list opens for no other.
type cursors struct {
	keys [][]byte // the first one seals, all open
}

const cursorMAC = 16 // bytes of the MAC that are kept

func newCursors(root delegation.RootKeys) (cursors, error) {
	keys, err := root.DeriveAll("cursors", 32)
	return cursors{keys}, err
}

// seal writes a cursor for the caller and the list that binding names.
func (c cursors) seal(at cursor, binding string) string {
	id := uuid.MustParse(at.after)
	content := binary.AppendUvarint(id[:], uint64(at.total))
	return base64.RawURLEncoding.EncodeToString(append(c.mac(c.keys[0], content, binding), content...))
}

// open reads a cursor, and says whether it is one for this binding, as it was
// written: decoding alone would overlook line breaks and unused bits.
func (c cursors) open(text, binding string) (at cursor, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) < cursorMAC+len(uuid.UUID{})+1 || len(sealed) > 64 || base64.RawURLEncoding.EncodeToString(sealed) != text {
		return at, false
	}
	mac, content := sealed[:cursorMAC], sealed[cursorMAC:]
	for _, key := range c.keys {
		ok = ok || hmac.Equal(mac, c.mac(key, content, binding))
	}
	if !ok {
		return at, false
	}
	total, _ := binary.Uvarint(content[len(uuid.UUID{}):])
	return cursor{uuid.UUID(content[:len(uuid.UUID{})]).String(), int(total)}, true
}

func (c cursors) mac(key, content []byte, binding string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	mac.Write([]byte(binding))
	return mac.Sum(nil)[:cursorMAC]
}

// bindingOf names a caller and what of a list does not change from page to page.
func bindingOf(caller rooms.Caller, list string) string {
	return caller.Source.Kind + "\n" + caller.Source.ID + "\n" + caller.User + "\n" + list
}
