// Package admission lets authentications through that cost much, one after the
// other, and slows down those that fail. An attacker who has many connections,
// networks or client ids takes no place of another client: places are given to
// those who had the fewest.
package admission
