package space

import (
	"slices"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/view"
)

// Change returns the change of a room by which the leaves of its space get their values, of which an empty one
// stands for the default. A room without an id is yet to be created. Change adds a fault for each leaf that
// would not get its value: rooms have no counterpart of it, or it contradicts another one.
func Change(viewer view.Viewer, room rooms.Room, values message.Values, leaves []string,
	faults *rooms.Faults) rooms.Change {
	change := rooms.Change{Merge: room.ID != ""}
	if slices.Contains(leaves, accessType) {
		level := map[string]rooms.AccessLevel{
			"OPEN": rooms.Public, "TRUSTED": rooms.Trusted, "RESTRICTED": rooms.Restricted}[values[accessType]]
		change.AccessLevel, room.AccessLevel = &level, level
	}
	before := published(room)
	if after := desired(before, values, leaves); !slices.Equal(before, after) {
		room.Configuration = map[string]any{sourcesKey: listed(after), muteKey: room.Configuration[muteKey]}
		change.Configuration = &map[string]any{sourcesKey: room.Configuration[sourcesKey]}
	}
	reached := valuesOf(viewer, room)
	if room.ID == "" { // which the server decides
		delete(reached, "meetingUri")
		delete(reached, "name")
	}
	for _, leaf := range leaves {
		if wanted := values[leaf]; wanted != "" && wanted != reached[leaf] && !told(viewer, room, leaf, wanted) {
			faults.Add(leaf, rooms.CodeInvalidChoice, "Rooms cannot have this value, or not beside the other ones.")
		}
	}
	return change
}

// told reports whether a leaf is one that clients send back as they were told it, and that nothing changes.
func told(viewer view.Viewer, room rooms.Room, leaf, wanted string) bool {
	shown := Of(viewer, room)
	switch {
	case room.ID == "":
		return false
	case leaf == "activeConference.conferenceRecord": // it begins and ends by itself
		return true
	case leaf == "phoneAccess":
		return wanted == canonical(shown.PhoneAccess)
	case leaf == "gatewaySipAccess":
		return wanted == canonical(shown.GatewaySIPAccess)
	}
	return false
}

// desired returns what people may publish when the leaves have their values.
func desired(before []string, values message.Values, leaves []string) []string {
	viewers, restricted := len(before) == 0, !slices.Contains(before, screen)
	if slices.Contains(leaves, viewing) {
		viewers = values[viewing] == on
	}
	if slices.Contains(leaves, presenting) {
		restricted = values[presenting] == hosts
	}
	without := func(name string) bool { return name == screen || name == screenSound }
	switch {
	case viewers:
		return []string{}
	case len(before) == 0 && restricted:
		return []string{camera, microphone}
	case len(before) == 0:
		return everything()
	case restricted && slices.Contains(before, screen):
		return slices.DeleteFunc(slices.Clone(before), without)
	case !restricted && !slices.Contains(before, screen):
		return append(slices.DeleteFunc(slices.Clone(before), without), screen, screenSound)
	}
	return before
}

// listed returns sources as a configuration has them: null for everything.
func listed(sources []string) any {
	if slices.Equal(sources, everything()) {
		return nil
	}
	list := make([]any, len(sources))
	for i, name := range sources {
		list[i] = name
	}
	return list
}
