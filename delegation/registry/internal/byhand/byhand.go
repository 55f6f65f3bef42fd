// Package byhand recognises handles of bun that bun did not make.
package byhand

import "github.com/uptrace/bun"

// Problem continues a sentence that begins with the field of the handle.
const Problem = "is a handle that bun did not make, such as bun.Tx{Tx: tx}: " +
	"call Tx or DB of package server/database/handle"

// Is reports whether every use of a handle would panic, as it does for a bun.Tx that is
// written as a literal.
func Is(db bun.IDB) (yes bool) {
	defer func() { yes = recover() != nil }()
	db.Dialect()
	return false
}
