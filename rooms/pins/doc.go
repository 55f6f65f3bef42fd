// Package pins gives PINs back after their rooms were deleted, and watches how many are
// left.
//
// A room keeps its PIN as long as it exists, also after it expired: it can be extended. For
// [Hold] after its deletion the PIN is given to no other room, since invitations with it are
// still about; then it is free. Slugs are never given again.
//
// A host calls [Upkeep.Run] beside its own work, in any number of processes on one store.
// Package roomsql has such a store, and roomstest.PINs is the suite for others.
package pins
