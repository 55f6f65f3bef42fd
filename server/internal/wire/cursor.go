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
	After string // a UUID
	Total int
}

// Cursors seals cursors and opens them. A cursor that was sealed for one list
// opens for no other, and only the holder of a key can make one.
type Cursors struct {
	keys [][]byte
}

// cursorMAC is how many bytes of the MAC a cursor keeps.
const cursorMAC = 16

// NewCursors returns cursors that the first key seals and that each of the keys
// opens.
func NewCursors(keys ...[]byte) Cursors { return Cursors{keys} }

// Seal returns a cursor as text, for the list that binding names.
func (c Cursors) Seal(at Cursor, binding string) string {
	id := uuid.MustParse(at.After)
	content := binary.AppendUvarint(id[:], uint64(at.Total))
	return base64.RawURLEncoding.EncodeToString(append(c.mac(c.keys[0], content, binding), content...))
}

// Open returns the cursor of a text, and whether the text is one that Seal
// returned for this binding. It compares what it decoded with the text, as
// decoding alone would overlook line breaks and unused bits.
func (c Cursors) Open(text, binding string) (at Cursor, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(sealed) < cursorMAC+len(uuid.UUID{})+1 || len(sealed) > 64 ||
		base64.RawURLEncoding.EncodeToString(sealed) != text {
		return Cursor{}, false
	}
	mac, content := sealed[:cursorMAC], sealed[cursorMAC:]
	for _, key := range c.keys {
		ok = ok || hmac.Equal(mac, c.mac(key, content, binding))
	}
	if !ok {
		return Cursor{}, false
	}
	total, _ := binary.Uvarint(content[len(uuid.UUID{}):])
	return Cursor{uuid.UUID(content[:len(uuid.UUID{})]).String(), int(total)}, true
}

func (c Cursors) mac(key, content []byte, binding string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	mac.Write([]byte(binding))
	return mac.Sum(nil)[:cursorMAC]
}
