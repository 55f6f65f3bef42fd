// Package roomstest holds the suites that the stores of package rooms must pass:
// [Store] for every one, and one for each of the other contracts. Each rule gets
// stores of its own, which are empty.
//
//	func TestStore(t *testing.T) {
//		roomstest.Store(t, func(t *testing.T) rooms.Stores { return rooms.Stores{Rooms: newStore(t)} })
//	}
package roomstest
