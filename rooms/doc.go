// Package rooms is the domain of meeting rooms: what a room is, who may do what
// with it, and where it came from.
//
// A [Service] holds the rules and works on a [Store]. Every call is made by a
// [Caller]: a user, or a program for a user, from a source. Rooms are stamped
// with the source that created them, and a caller sees only the rooms of its own
// source in which its user has a role, unless its reach is wider.
//
//	service, err := rooms.New(rooms.Config{Store: rooms.NewSQLStore(db)})
//	calendar := rooms.Caller{
//		User:   "4711",
//		Source: rooms.Source{Kind: "application", ID: "app_…", Name: "Calendar"},
//	}
//	room, created, err := service.Create(ctx, calendar, rooms.Draft{Name: "Budget"})
//	page, err := service.List(ctx, calendar, rooms.ListOptions{})
//
// Other people get roles as attendees, by address: who is no user yet is pending,
// until [Service.ActivateAttendee] says that the address has one. The host's door
// asks [Service.Admit] whether a visitor enters, waits or is refused.
//
// Creating is safe to repeat by an external id, and whatever a program does by
// [Service.Once]. [Config].OnEvent tells of every change inside its transaction,
// and [Service.Statistics] counts them.
//
// # Guarantees
//
// Visibility is a part of every query; what is not visible is ErrNotFound, like
// what is not there. Source, slug and PIN are set by the service and never
// change. A room that a user created is never without its owner. Concurrent
// changes of one room all count, and one of several deletions succeeds. Input is
// refused as a whole, with every fault named.
//
// [SQLStore] works on a host's transaction too: what the host rolls back never
// was. A host with another storage implements [Store] and runs the suite of
// package roomstest; the rules stay here. What a store may be able to do as well
// is asked for by [Transactor], [AttendeeStore], [RequestStore] and
// [StatisticsStore]; without them ErrUnsupported is the answer.
package rooms
