package space

import (
	"slices"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/places"
	"github.com/anteroom-go/anteroom/server/internal/view"
)

// Space is a room as Google's client libraries read it.
type Space struct {
	Name             string    `json:"name"`
	MeetingURI       string    `json:"meetingUri"`
	MeetingCode      string    `json:"meetingCode"`
	Config           Config    `json:"config"`
	ActiveConference *Active   `json:"activeConference,omitempty"`
	PhoneAccess      []Phone   `json:"phoneAccess,omitempty"`
	GatewaySIPAccess []Gateway `json:"gatewaySipAccess,omitempty"`
}

// Config are the settings of a space.
type Config struct {
	AccessType             string       `json:"accessType"`
	EntryPointAccess       string       `json:"entryPointAccess"`
	Moderation             string       `json:"moderation"`
	ModerationRestrictions Restrictions `json:"moderationRestrictions"`
}

// Restrictions are what only hosts may do in a space.
type Restrictions struct {
	Chat         string `json:"chatRestriction"`
	Reaction     string `json:"reactionRestriction"`
	Present      string `json:"presentRestriction"`
	JoinAsViewer string `json:"defaultJoinAsViewerType"`
}

// Active is the call that runs in a space.
type Active struct {
	ConferenceRecord string `json:"conferenceRecord"`
}

// Phone is how to dial into a space.
type Phone struct {
	PhoneNumber  string `json:"phoneNumber"`
	PIN          string `json:"pin"`
	RegionCode   string `json:"regionCode"`
	LanguageCode string `json:"languageCode,omitempty"`
}

// Gateway is how to reach a space by SIP.
type Gateway struct {
	URI        string `json:"uri"`
	AccessCode string `json:"sipAccessCode"`
}

// Name returns the name of the space that the room with an id is.
func Name(roomID string) string { return "spaces/" + roomID }

// Of returns the space that a room is, without the call that runs in it.
func Of(viewer view.Viewer, room rooms.Room) Space {
	s := settings(room)
	space := Space{Name: Name(room.ID), MeetingCode: room.Slug,
		MeetingURI: viewer.Links.To(places.Named{Slug: room.Slug, ID: room.ID}),
		Config: Config{AccessType: s[accessType], EntryPointAccess: s["config.entryPointAccess"], Moderation: s[moderation],
			ModerationRestrictions: Restrictions{Chat: s[restrictions+"chatRestriction"],
				Reaction: s[restrictions+"reactionRestriction"], Present: s[presenting], JoinAsViewer: s[viewing]}}}
	setting := viewer.Phone()
	if phone := viewer.Telephony(room); phone != nil {
		space.PhoneAccess = []Phone{{phone.PhoneNumber, phone.PINCode, phone.DefaultCountry, setting.Language}}
	}
	if setting.SIP != "" && room.PIN != "" {
		space.GatewaySIPAccess = []Gateway{{setting.SIP, room.PIN}}
	}
	return space
}

// Shown returns a function that shows rooms as spaces, for a [view.Viewer] with the same settings.
func Shown(viewer view.Viewer) func(rooms.Room) any {
	return func(room rooms.Room) any { return Of(viewer, room) }
}

// valuesOf returns the members of the space that a room is, as they compare with those of a message.
func valuesOf(viewer view.Viewer, room rooms.Room) message.Values {
	shown, values := Of(viewer, room), settings(room)
	values["name"], values["meetingUri"], values["meetingCode"] = shown.Name, shown.MeetingURI, shown.MeetingCode
	return values
}

// settings returns the settings of the space that a room is.
func settings(room rooms.Room) message.Values {
	values := fixed()
	values[accessType] = map[rooms.AccessLevel]string{
		rooms.Public: "OPEN", rooms.Trusted: "TRUSTED", rooms.Restricted: "RESTRICTED"}[room.AccessLevel]
	values[presenting], values[viewing], values[moderation] = free, off, off
	sources := published(room)
	if !slices.Contains(sources, screen) {
		values[presenting], values[moderation] = hosts, on
	}
	if len(sources) == 0 {
		values[viewing] = on
	}
	if mute, set := room.Configuration[muteKey].(bool); set && !mute {
		values[moderation] = on
	}
	return values
}

// What people may publish in a room, by the configuration of rooms.
const (
	sourcesKey  = "can_publish_sources"
	muteKey     = "everyone_can_mute"
	camera      = "camera"
	microphone  = "microphone"
	screen      = "screen_share"
	screenSound = "screen_share_audio"
)

func everything() []string { return []string{camera, microphone, screen, screenSound} }

// published returns what people may publish in a room: everything, unless it is configured.
func published(room rooms.Room) []string {
	list, set := room.Configuration[sourcesKey].([]any)
	if !set {
		return everything()
	}
	sources := []string{}
	for _, one := range list {
		if name, ok := one.(string); ok {
			sources = append(sources, name)
		}
	}
	return sources
}
