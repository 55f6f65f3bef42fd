package lease_test

// The steps of the model that are not of the lease itself: requests, fills, commands and time.

// request has the steps of a request: it looks whether the lease is good, and answers with
// the entry. One that expects nothing is left out.
func request(s state, m model, add func(state)) {
	n := s
	switch {
	case s.asked:
		n.asked, n.floor, n.answer = false, 0, absent // see disobeys
	case m.flaw == checksLast && s.returned > 0 && s.entry != absent:
		n.asked, n.floor, n.answer = true, s.returned, s.entry
	case m.flaw != checksLast && s.returned > 0 && s.left > 0:
		n.asked, n.floor = true, s.returned
	default:
		return
	}
	add(n)
}

// disobeys reports whether the next step answers a request with what was taken away before
// the request began.
func disobeys(s state, m model) bool {
	answer := s.entry
	if m.flaw == checksLast {
		if answer = s.answer; s.left == 0 {
			return false
		}
	}
	return s.asked && answer != absent && answer < s.floor
}

// filler has the steps of a read of the database that is remembered.
func filler(s state, m model, add func(state)) {
	n := s
	if !s.filling {
		n.filling, n.version, n.fresh = true, s.epoch, true
		add(n)
		return
	}
	if s.joined && (s.fresh || m.flaw == noFillCheck) {
		n.entry = s.version
	}
	n.filling, n.version, n.fresh = false, 0, false
	add(n)
}

// commanded has the steps of a command. One that never goes on after its commit is one whose
// process ended, or a change by plain SQL.
func commanded(s state, i int, m model, add func(state)) {
	n := s
	c := &n.commands[i]
	seen := s.row.term == absent || s.row.seen >= max(c.target, c.epoch)
	finish := func() {
		n.returned = max(s.returned, c.epoch)
		if *c = (command{phase: over, first: c.first}); s.commands[i].left > 0 {
			c.first = absent // it removes nothing
		}
		add(n)
	}
	switch c.phase {
	case idle:
		if i >= m.commands || i > 0 && s.commands[i-1].phase == idle {
			return // which of two commands is the first makes no difference
		}
		n.epoch++
		c.phase, c.epoch, c.first = committed, n.epoch, absent
		add(n)
	case committed:
		c.target = s.epoch
		if seen = s.row.term == absent || s.row.seen >= s.epoch; seen || m.flaw == noWaiting {
			finish()
			return
		}
		c.phase, c.first = waiting, s.row.term
		add(n)
		c.first = absent // the look failed
		add(n)
	case waiting:
		if seen || c.left == 0 {
			finish()
		}
	case over:
		if c.first != absent && (c.first >= s.row.term || m.flaw == removesAnyTerm) {
			n.row, c.first = row{term: absent}, absent
			add(n)
		} else if c.first != absent {
			c.first = absent
			add(n)
		}
	}
}

// ticks lets time pass, by right and by wrong clocks.
func ticks(s state, m model, add func(state)) {
	for _, misses := range []bool{false, true} {
		if misses && (s.phase != idle && s.missed || s.left > 0 && s.leaseMissed || s.phase == idle && s.left == 0) {
			continue
		}
		for _, hurries := range []bool{false, true} {
			n := s
			n.replicaTick(misses, m)
			if n.commandTick(hurries, m) || !hurries {
				add(n)
			}
		}
	}
}

func (s *state) replicaTick(misses bool, m model) {
	oldest := int8(waits - margin) // a renewal of this age brings nothing
	if m.flaw == noMargin {
		oldest = waits
	}
	if misses {
		s.missed, s.leaseMissed = s.phase != idle, s.left > 0
		return
	}
	if s.phase != idle {
		s.age = min(s.age+1, oldest)
		s.missed = s.missed && s.age < oldest
	}
	if s.left--; s.left <= 0 {
		s.left, s.leaseMissed = 0, false
	}
}

// commandTick reports whether a clock counted a tick too many.
func (s *state) commandTick(hurries bool, m model) (hurried bool) {
	for i := range s.commands {
		c := &s.commands[i]
		if c.left == 0 || c.phase != waiting && (m.flaw != waitsBeforehand || c.phase > waiting) {
			continue
		}
		c.left--
		if hurries && !c.hurried && c.left > 0 {
			c.left--
			c.hurried, hurried = true, true
		}
	}
	return hurried
}
