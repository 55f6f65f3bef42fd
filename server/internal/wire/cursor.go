package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/google/uuid"
)

// Cursor is the place in a list after which the next page begins, and how many
// elements the list had when it was begun.
type Cursor struct {
	After string // an id of at most 100 bytes
	Total int
}

// Cursors seals cursors and opens them. A cursor that was sealed for one list
// opens for no other, and only the holder of a key can make one.
type Cursors struct {
	keys [][]byte
}

// cursorMAC is how many bytes of the MAC a cursor keeps, maxCursor how many it has at most.
const (
	cursorMAC = 16
	maxCursor = 160
)

// NewCursors returns cursors that the first key seals and that each of the keys
// opens.
func NewCursors(keys ...[]byte) Cursors { return Cursors{keys} }

// Seal returns a cursor as text, for the list that binding names.
func (c Cursors) Seal(at Cursor, binding string) string {
	content, form := pack(at)
	return base64.RawURLEncoding.EncodeToString(append(form.mac(c.keys[0], content, binding), content...))
}

// Open returns the cursor of a text, and whether the text is one that Seal
// returned for this binding. It compares what it decoded with the text, as
// decoding alone would overlook line breaks and unused bits.
func (c Cursors) Open(text, binding string) (at Cursor, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) <= cursorMAC || len(sealed) > maxCursor ||
		base64.RawURLEncoding.EncodeToString(sealed) != text {
		return Cursor{}, false
	}
	mac, content := sealed[:cursorMAC], sealed[cursorMAC:]
	for _, form := range []cursorForm{withUUID, withText} {
		for _, key := range c.keys {
			if hmac.Equal(mac, form.mac(key, content, binding)) {
				return form.unpack(content), true
			}
		}
	}
	return Cursor{}, false
}

// cursorForm is how a cursor is written as bytes.
type cursorForm int

// The forms: 16 bytes of a UUID and the total, or the total and an id of a host's own.
const (
	withUUID cursorForm = iota
	withText
)

// pack returns a cursor as bytes, and their form.
func pack(at Cursor) ([]byte, cursorForm) {
	if id, err := uuid.Parse(at.After); err == nil && id.String() == at.After {
		return binary.AppendUvarint(id[:], uint64(at.Total)), withUUID
	}
	return append(binary.AppendUvarint(nil, uint64(at.Total)), at.After...), withText
}

// unpack returns the cursor of bytes that pack returned with the form.
func (f cursorForm) unpack(content []byte) Cursor {
	if f == withText {
		total, n := binary.Uvarint(content)
		return Cursor{string(content[n:]), int(total)}
	}
	total, _ := binary.Uvarint(content[len(uuid.UUID{}):])
	return Cursor{uuid.UUID(content[:len(uuid.UUID{})]).String(), int(total)}
}

// mac returns the MAC of a cursor. Cursors with texts have a key of their own, so that none
// is taken for one of the other form.
func (f cursorForm) mac(key, content []byte, binding string) []byte {
	if f == withText {
		own := hmac.New(sha256.New, key)
		own.Write([]byte("cursors with texts"))
		key = own.Sum(nil)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	mac.Write([]byte(binding))
	return mac.Sum(nil)[:cursorMAC]
}
