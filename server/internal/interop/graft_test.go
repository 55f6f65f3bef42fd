package interop_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"strings"
)

// graft carries the faults of a group's vectors over to a good token.
type graft struct {
	house *house
	from  []string // the parts of the group's valid vector
	to    []string // the parts of a good token, signed by the same key
}

// newGraft takes the first valid vector of a group with a payload as the one
// from which the others differ.
func newGraft(h *house, group signatureGroup) graft {
	g := graft{house: h, to: strings.Split(h.forge(h.header(nil), h.claims(nil)), ".")}
	for _, test := range group.Tests {
		text, _ := test.compact()
		parts := strings.Split(text, ".")
		if test.Result == "valid" && len(parts) == 3 && parts[1] != "" {
			g.from = parts
			break
		}
	}
	return g
}

// onto returns the good token with what is special in the vector: a part that is
// as in the valid vector is as in the good token, and another one is changed in
// the same way. Of a valid vector only the signature is special.
func (g graft) onto(vector string, valid bool) string {
	parts := strings.Split(vector, ".")
	signedAs := strings.Join(parts[:min(2, len(parts))], ".")
	for i, part := range parts {
		switch {
		case part == "" && !valid:
		case i < 3 && (part == g.from[i] || valid && i < 2):
			parts[i] = g.to[i]
		case i == 0:
			parts[i] = g.header(part)
		case i == 1:
			parts[i] = encode(g.house.claims(nil) + " ")
		default:
			parts[i] = g.signature(decode(part), signedAs)
		}
	}
	return strings.Join(parts, ".")
}

// header returns our header with the members of the vector's that differ from
// the valid vector's.
func (g graft) header(part string) string {
	var usual, special object
	if json.Unmarshal(decode(g.from[0]), &usual) != nil || json.Unmarshal(decode(part), &special) != nil {
		return part
	}
	for name, value := range usual {
		if special[name] == value {
			delete(special, name)
		}
	}
	return encode(g.house.header(special))
}

// signature returns the vector's signature, made for the good token. In one of
// RSA the digest is replaced below the padding, which keeps the padding as it
// is. In one of ECDSA the numbers r and s of the valid vector are replaced.
func (g graft) signature(special []byte, signedAs string) string {
	if private, ok := g.house.private.(*rsa.PrivateKey); ok {
		return encode(string(g.padding(private, special, signedAs)))
	}
	from, to := decode(g.from[2]), decode(g.to[2])
	for _, half := range [][2]int{{0, 32}, {32, 64}} {
		special = bytes.ReplaceAll(special, from[half[0]:half[1]], to[half[0]:half[1]])
	}
	return encode(string(special))
}

// padding lays the block below an RSA signature open, puts the digest of the
// good token in the place of the vector's, and closes the block again.
func (g graft) padding(private *rsa.PrivateKey, signature []byte, signedAs string) []byte {
	if len(signature) != private.Size() {
		return signature
	}
	block := new(big.Int).SetBytes(signature)
	block.Exp(block, big.NewInt(int64(private.E)), private.N)
	before, after := sha256.Sum256([]byte(signedAs)), sha256.Sum256([]byte(g.to[0]+"."+g.to[1]))
	text := bytes.Replace(block.FillBytes(make([]byte, private.Size())), before[:], after[:], 1)
	block.SetBytes(text)
	return block.Exp(block, private.D, private.N).FillBytes(make([]byte, private.Size()))
}
