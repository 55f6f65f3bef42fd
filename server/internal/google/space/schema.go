// Package space is the table by which rooms and attendees are spaces and members of Google Meet, in both directions.
// What has no counterpart is refused by its path, unless it is as it would be anyway.
package space

import "github.com/anteroom-go/anteroom/server/internal/google/message"

// The paths of what can be set, and of what follows from it.
const (
	accessType   = "config.accessType"
	moderation   = "config.moderation"
	restrictions = "config.moderationRestrictions."
	presenting   = restrictions + "presentRestriction"
	viewing      = restrictions + "defaultJoinAsViewerType"
)

// Values that more than one enumeration has.
const (
	on    = "ON"
	off   = "OFF"
	hosts = "HOSTS_ONLY"
	free  = "NO_RESTRICTION"
)

// Members returns the members of a space. The order of the names of an enumeration is that of their numbers.
func Members() map[string]message.Field {
	restriction := message.Field{Enum: []string{"RESTRICTION_TYPE_UNSPECIFIED", hosts, free}}
	generation := func(name string) message.Field {
		return message.Field{Members: map[string]message.Field{
			name: {Enum: []string{"AUTO_GENERATION_TYPE_UNSPECIFIED", on, off}}}}
	}
	return map[string]message.Field{
		"name": message.Text(), "meetingUri": message.Text(), "meetingCode": message.Text(),
		"config": {Members: map[string]message.Field{
			"accessType":       {Enum: []string{"ACCESS_TYPE_UNSPECIFIED", "OPEN", "TRUSTED", "RESTRICTED"}},
			"entryPointAccess": {Enum: []string{"ENTRY_POINT_ACCESS_UNSPECIFIED", "ALL", "CREATOR_APP_ONLY"}},
			"moderation":       {Enum: []string{"MODERATION_UNSPECIFIED", off, on}},
			"moderationRestrictions": {Members: map[string]message.Field{
				"chatRestriction": restriction, "reactionRestriction": restriction, "presentRestriction": restriction,
				"defaultJoinAsViewerType": {Enum: []string{"DEFAULT_JOIN_AS_VIEWER_TYPE_UNSPECIFIED", on, off}}}},
			"attendanceReportGenerationType": {Enum: []string{"ATTENDANCE_REPORT_GENERATION_TYPE_UNSPECIFIED",
				"GENERATE_REPORT", "DO_NOT_GENERATE"}},
			"artifactConfig": {Members: map[string]message.Field{
				"recordingConfig":     generation("autoRecordingGeneration"),
				"transcriptionConfig": generation("autoTranscriptionGeneration"),
				"smartNotesConfig":    generation("autoSmartNotesGeneration")}},
		}},
		"activeConference": {Members: map[string]message.Field{"conferenceRecord": message.Text()}},
		"phoneAccess":      {Any: true}, "gatewaySipAccess": {Any: true},
	}
}

// fixed returns what every space has: what rooms cannot do, or always do.
func fixed() message.Values {
	const artifacts = "config.artifactConfig."
	return message.Values{
		"config.entryPointAccess":               "ALL",
		"config.attendanceReportGenerationType": "DO_NOT_GENERATE",
		restrictions + "chatRestriction":        free,
		restrictions + "reactionRestriction":    free,

		artifacts + "recordingConfig.autoRecordingGeneration":         off,
		artifacts + "transcriptionConfig.autoTranscriptionGeneration": off,
		artifacts + "smartNotesConfig.autoSmartNotesGeneration":       off,
	}
}

// MemberMembers returns the members of a member.
func MemberMembers() map[string]message.Field {
	return map[string]message.Field{"name": message.Text(), "email": message.Text(),
		"role": {Enum: []string{"ROLE_UNSPECIFIED", cohost}}}
}
