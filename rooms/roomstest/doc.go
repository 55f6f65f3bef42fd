// Package roomstest holds the suite that every implementation of rooms.Store
// must pass.
//
//	func TestStore(t *testing.T) {
//		roomstest.Store(t, func(t *testing.T) rooms.Store { return newEmptyStore(t) })
//	}
package roomstest
