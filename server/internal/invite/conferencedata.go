package invite

import "strings"

// conferenceData is the conferenceData of an event in Google Calendar, in the form
// in which its API takes it from an add-on.
type conferenceData struct {
	ConferenceID string             `json:"conferenceId"`
	Solution     conferenceSolution `json:"conferenceSolution"`
	EntryPoints  []entryPoint       `json:"entryPoints"`
	Notes        string             `json:"notes,omitempty"`
}

type conferenceSolution struct {
	Key  conferenceSolutionKey `json:"key"`
	Name string                `json:"name"`
}

type conferenceSolutionKey struct {
	Type string `json:"type"`
}

type entryPoint struct {
	Type       string `json:"entryPointType"`
	URI        string `json:"uri"`
	Label      string `json:"label"`
	RegionCode string `json:"regionCode,omitempty"`
	PIN        string `json:"pin,omitempty"`
}

// conferenceData returns the entry points of a room. Labels are what people would
// type.
func (i invitation) conferenceData() conferenceData {
	_, label, _ := strings.Cut(i.URL, "://")
	data := conferenceData{
		ConferenceID: i.ID,
		Solution:     conferenceSolution{conferenceSolutionKey{"addOn"}, i.Words.Meeting},
		EntryPoints:  []entryPoint{{Type: "video", URI: i.URL, Label: label}},
	}
	if p := i.DialIn; p != nil {
		phone := entryPoint{"phone", "tel:" + p.Sequence, p.Number, p.RegionCode, p.Digits}
		data.EntryPoints = append(data.EntryPoints, phone)
	}
	var notes []string
	if i.Waits {
		notes = append(notes, i.Words.Wait)
	}
	if i.Until != "" {
		notes = append(notes, i.Words.Expires+" "+i.Until)
	}
	data.Notes = strings.Join(notes, "\n")
	return data
}
