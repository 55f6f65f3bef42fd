package lease_test

// The model of the protocol in doc.go: one replica, one entry, two commands, and a database,
// whose every step may come at every time. Replicas meet only in the rows, and a command
// waits for all of them, so what holds for one holds for each. Time comes in ticks; the
// replica's clock may miss one a lease, a command's may count one too many a wait. Two steps
// are one where that is the worst order of them: a request begins when it looks, because it
// may expect the more then, and a fill reads when it begins, because it reads the less then.

const (
	waits  = 3 // ticks that a command waits by its clock
	margin = 2 // by which the replica's belief is shorter: one tick for each clock
	most   = 2 // commands
)

// model is the protocol within bounds.
type model struct {
	flaw     flaw
	renewals int8
	commands int
	crashes  bool // whether the process of the replica may end once
	buried   bool // whether it begins with a replica whose row was removed when its lease had ended
}

// flaw is a rule of the protocol that is left out.
type flaw string

const (
	none            flaw = ""
	noMargin        flaw = "no margin for clocks"
	beginsAtReply   flaw = "the lease begins with the reply"
	readsFirst      flaw = "changes are read before the row is written"
	earlyAck        flaw = "the row has the newest epoch before its changes are applied"
	noFillCheck     flaw = "a fill is kept though changes were applied since it began"
	checksLast      flaw = "the lease is checked after the entry was read"
	noForgetting    flaw = "an entry is kept though its change was applied"
	noWaiting       flaw = "a command does not wait"
	lateRowsWin     flaw = "a row that arrives late is written over a newer one"
	removesAnyTerm  flaw = "a command removes a row that was renewed"
	waitsBeforehand flaw = "a command counts its wait from before its commit"
)

// Phases of a renewal and of a command, in their order.
const (
	idle, sent, written, read = 0, 1, 2, 3
	committed, waiting, over  = 1, 2, 3
)

// absent is the version of an entry that there is not, and the term of no row.
const absent = -1

// row is a lease in the database, or a statement on its way there.
type row struct{ seen, term int8 }

// state is everything. It is compared as a whole.
type state struct {
	epoch, returned int8 // committed; the greatest whose command has returned
	row, late       row  // late was given up by its sender, and may arrive

	phase, age, news, term int8 // of the renewal; its age by the replica's clock
	missed                 bool // whether the clock missed a tick in it
	writing                row  // what the renewal writes
	known, left            int8 // applied epoch; ticks of belief left by the replica's clock
	joined, leaseMissed    bool
	entry                  int8 // the epoch that it is of

	asked         bool // whether there is a request that looked
	floor, answer int8 // answer is what was read before the check, by checksLast
	filling       bool
	version       int8
	fresh         bool // whether no change was applied since the fill began

	crashed  bool
	commands [most]command
}

// command takes something away, and waits.
type command struct {
	phase, epoch, target, left, first int8 // target is the newest epoch at the first look; first is the term it saw
	hurried                           bool // whether its clock counted a tick too many
}

func (m model) start() state {
	s := state{row: row{term: absent}, late: row{term: absent}, entry: absent, answer: absent, joined: m.buried}
	for i := range s.commands {
		s.commands[i].left = waits
	}
	return s
}

// next returns the states that may follow.
func (m model) next(s state) (following []state) {
	add := func(n state) { following = append(following, n) }
	renewal(s, m, add)
	late(s, m, add)
	request(s, m, add)
	filler(s, m, add)
	for i := range s.commands {
		commanded(s, i, m, add)
	}
	ticks(s, m, add)
	return following
}

// renewal has the steps of a replica's lease.
func renewal(s state, m model, add func(state)) {
	n := s
	switch s.phase {
	case idle:
		if s.term < m.renewals {
			n.term++
			n.phase, n.age, n.missed, n.news = sent, 0, false, absent
			n.writing = row{seen: s.known, term: n.term}
			if m.flaw == readsFirst {
				n.news = s.epoch
			}
			add(n)
		}
		return
	case sent:
		n.phase = written
		n.row = write(s, s.writing, m)
		if m.flaw == earlyAck {
			n.row.seen = s.epoch
		}
	case written:
		n.phase = read
		if m.flaw != readsFirst {
			n.news = s.epoch
		}
	case read:
		n = apply(s, m)
	}
	add(n)
	lost := s // the answer is lost; the statement may still arrive, also for a second time
	lost.late = s.writing
	lost.phase, lost.age, lost.missed, lost.news, lost.writing = idle, 0, false, 0, row{}
	add(lost)
	if m.crashes && !s.crashed {
		add(crash(lost))
	}
}

// write returns the row after a statement wrote another one.
func write(s state, r row, m model) row {
	if r.term > s.row.term || m.flaw == lateRowsWin {
		return r
	}
	return s.row
}

// late lets a statement arrive that its sender gave up.
func late(s state, m model, add func(state)) {
	if s.late.term != absent {
		n := s
		n.row, n.late = write(s, s.late, m), row{term: absent}
		add(n)
	}
}

// apply ends a renewal.
func apply(s state, m model) state {
	n := s
	if !s.joined || s.known != s.news {
		if n.fresh = false; m.flaw != noFillCheck {
			n.filling, n.version = false, 0 // it would be dropped
		}
		if m.flaw != noForgetting {
			n.entry = absent
		}
	}
	n.joined, n.known = true, s.news
	n.left, n.leaseMissed = max(waits-margin-s.age, 0), s.missed
	switch m.flaw {
	case noMargin:
		n.left = max(waits-s.age, 0)
	case beginsAtReply:
		n.left = waits - margin
	}
	n.phase, n.age, n.missed, n.news, n.writing = idle, 0, false, 0, row{}
	return n
}

// crash forgets what a process forgets. The next one writes over the row of this one, which
// makes commands wait less than a row of its own would.
func crash(s state) state {
	n := model{}.start()
	n.epoch, n.returned, n.row, n.late, n.commands = s.epoch, s.returned, s.row, s.late, s.commands
	n.term, n.crashed = s.term, true
	return n
}
