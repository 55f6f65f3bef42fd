// Package pins gives PINs back after their rooms were deleted, and watches how many are
// left.
//
// A room keeps its PIN as long as it exists, also after it expired: it can be extended. For
// [Hold] after its deletion the PIN is given to no other room, since invitations with it are
// still about; then it is free. Slugs are never given again.
//
//	upkeep, err := pins.New(pins.Config{Store: roomsql.New(db), Length: 6, Logger: logger})
//	if err != nil {
//		panic(err)
//	}
//	go upkeep.Run(ctx)
//
// Any number of processes may run it on one store. Its suite for stores is roomstest.PINs.
package pins
