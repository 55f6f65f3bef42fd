// Package rooms is the domain of meeting rooms: what a room is, who may do what with it,
// and what created it.
//
// A [Service] holds the rules and works on [Stores]. Every call is made by a [Caller]: a
// user or a program, through a [Source]. A room keeps the source that created it, and a
// caller sees, changes and deletes the rooms of its own source, as far as its user's role in
// them goes, unless it is about all sources. ExternalID and Metadata stay the creator's: a
// caller through another source neither sees nor changes them.
//
//	service, err := rooms.New(rooms.Config{Stores: roomsql.New(db).Stores(), ParseAddress: parseAddress})
//	if err != nil {
//		panic(err)
//	}
//	calendar := rooms.Source{Kind: "application", ID: "app_calendar", Name: "Calendar"}
//	alice := rooms.ForUser(calendar, "4711", "alice@example.com")
//	room, created, err := service.Create(ctx, alice, rooms.Change{Name: new("Budget")})
//
//	// Bob is invited by an address, and sees the room as soon as he comes with it.
//	_, _, err = service.AddAttendee(ctx, alice, room.ID, rooms.Invitee{Address: "Bob@example.com"})
//	bob := rooms.ForUser(calendar, "4712", "bob@example.com")
//	page, err := service.List(ctx, bob, rooms.ListOptions{})
//
// # The model
//
// The owner of a room is an account, known by its id. All others are attendees: an
// [Attendee] is an address with a role. No account is looked for when an address is
// invited; a caller brings the addresses that the host has verified, and has the highest of
// the roles that its id and its addresses have. A program that acts for no user is marked
// as such, and has an owner's rights on the rooms of its own source. An empty user id is
// never a program.
//
// The host's door asks [Service.Admit] whether a visitor enters, waits or is refused. A room
// is named by its id or its slug, of which package form has the forms: by default a UUID, and
// letters in either case. Times are read by package moment.
//
// [Config].OnEvent hears of every change inside its transaction. Package once repeats the
// answer to a request that is sent again; package stats counts rooms; package pins gives the
// PINs of deleted rooms back.
//
// # Guarantees
//
// A [Service] is safe for concurrent use. Visibility is a part of every query: what is not
// visible is [ErrNotFound], like what is not there. Source, slug and PIN are set by the
// service and never change. A room that a user created is never without its owner.
// Concurrent changes of one room all count, and one of several deletions succeeds.
//
// Input is refused as a whole, in an [*InvalidError] with every fault of it: those of the
// object that it was parsed from together with those of the rules. The first 20 are listed
// and the others counted.
//
// A service on the stores of a host's transaction ([Service.On]) works within it. A host
// with another storage implements [Store] and, for what else it can do, [AttendeeStore] and
// [Transactor]; it runs the suites of package roomstest, and the rules stay here.
package rooms
