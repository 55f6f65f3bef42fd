package main

import (
	"testing"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/roomstest"
)

// TestStore runs the suite that every store must pass.
func TestStore(t *testing.T) {
	roomstest.Store(t, func(*testing.T) rooms.Stores { return rooms.Stores{Rooms: newStore()} })
}
