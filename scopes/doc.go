// Package scopes defines what a token lets its bearer do.
//
// A [Scope] names one permitted action on one kind of resource, such as
// rooms:create. A [Set] is what an application was granted, what a request
// asks for, or what a token carries. Everything is denied that is not in the
// set: matching is exact and case-sensitive, there are no wildcards, no
// hierarchy and no implied scopes, and the zero Set permits nothing.
//
//	granted := scopes.NewSet(scopes.RoomsCreate, scopes.RoomsList)
//	asked, err := scopes.Parse("rooms:create rooms:delete")
//	if err != nil {
//		panic(err) // not the grammar of RFC 6749 §3.3
//	}
//	effective := granted.Intersect(asked)
//	err = effective.Require(scopes.RoomsDelete) // *MissingError
//
// The package uses the standard library only. A Set is immutable and safe for
// concurrent use.
package scopes
