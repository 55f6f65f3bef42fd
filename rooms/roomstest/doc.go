// Package roomstest holds the suites that implementations of rooms.Store must
// pass: Store always, and one for each of the contracts that a store may
// implement as well.
//
//	func TestStore(t *testing.T) {
//		roomstest.Store(t, func(t *testing.T) rooms.Store { return newEmptyStore(t) })
//	}
package roomstest
