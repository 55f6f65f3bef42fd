// Package rooms is the domain of meeting rooms.
package rooms
