package delegation

// CountMACs counts the MACs that the Authority computes from now on.
func (a *Authority) CountMACs() *int {
	n := new(int)
	a.mac = func(p Pepper, clientID string, secret Secret) []byte {
		*n++
		return p.MAC(clientID, secret)
	}
	return n
}
