package view

import (
	"time"

	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// timeText returns a time by RFC 3339 in UTC with microseconds, always six digits.
func timeText(t time.Time) string {
	t = t.UTC()
	text := t.AppendFormat(make([]byte, 0, len("2006-01-02T15:04:05.000000Z")), time.RFC3339)
	text[len(text)-1] = '.' // in place of the Z
	for unit, rest := 100_000, t.Nanosecond()/1000; unit > 0; unit /= 10 {
		text = append(text, byte('0'+rest/unit%10))
	}
	return string(append(text, 'Z'))
}

// append appends the room in JSON: what encoding/json makes of it, without reflection.
func (r Room) append(to []byte) []byte {
	to = wire.AppendText(append(to, `{"id":`...), r.ID)
	to = wire.AppendText(append(to, `,"name":`...), r.Name)
	to = wire.AppendText(append(to, `,"slug":`...), r.Slug)
	to = wire.AppendText(append(to, `,"access_level":`...), string(r.AccessLevel))
	to = append(to, `,"configuration":`...)
	to = appendMap(to, r.Configuration)
	to = wire.AppendText(append(to, `,"url":`...), r.URL)
	if r.Telephony != nil {
		to = wire.AppendValue(append(to, `,"telephony":`...), r.Telephony)
	}
	to = wire.AppendTextOrNull(append(to, `,"external_id":`...), r.ExternalID)
	to = append(to, `,"metadata":`...)
	to = appendMap(to, r.Metadata)
	to = r.Source.append(append(to, `,"source":`...))
	to = wire.AppendText(append(to, `,"created_at":`...), r.CreatedAt)
	to = wire.AppendText(append(to, `,"updated_at":`...), r.UpdatedAt)
	to = wire.AppendTextOrNull(append(to, `,"expires_at":`...), r.ExpiresAt)
	return append(to, '}')
}

func (s source) append(to []byte) []byte {
	to = wire.AppendText(append(to, `{"kind":`...), s.Kind)
	to = wire.AppendText(append(to, `,"id":`...), s.ID)
	to = wire.AppendText(append(to, `,"name":`...), s.Name)
	return append(to, '}')
}

// appendMap appends an object in JSON; most are empty.
func appendMap[V any](to []byte, object map[string]V) []byte {
	if len(object) == 0 && object != nil {
		return append(to, "{}"...)
	}
	return wire.AppendValue(to, object)
}

// append appends the envelope of a list of rooms in JSON. The results are elements of an
// array, with commas between them.
func (l roomList) append(to []byte) []byte {
	to = wire.AppendNumber(append(to, `{"count":`...), l.Count)
	to = wire.AppendTextOrNull(append(to, `,"next":`...), l.Next)
	to = wire.AppendTextOrNull(append(to, `,"previous":`...), l.Previous)
	to = append(append(to, `,"results":[`...), l.results...)
	return append(to, "]}\n"...)
}
