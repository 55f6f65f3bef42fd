// Package byhand recognises handles of bun that bun did not make.
package byhand

import "github.com/uptrace/bun"

// Problem continues a sentence that begins with the field of a handle; empty if the handle
// can be used. Every use of a bun.Tx that is written as a literal would panic.
func Problem(db bun.IDB) (problem string) {
	if db == nil {
		return "is required"
	}
	defer func() {
		if recover() != nil {
			problem = "is a handle that bun did not make, such as bun.Tx{Tx: tx}: " +
				"call Tx or DB of package server/database/handle"
		}
	}()
	db.Dialect()
	return ""
}
