package view

import (
	"strconv"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/jsontext"
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
	to = jsontext.Append(append(to, `{"id":`...), r.ID)
	to = jsontext.Append(append(to, `,"name":`...), r.Name)
	to = jsontext.Append(append(to, `,"slug":`...), r.Slug)
	to = jsontext.Append(append(to, `,"access_level":`...), string(r.AccessLevel))
	to = append(to, `,"configuration":`...)
	to = appendMap(to, r.Configuration)
	to = jsontext.Append(append(to, `,"url":`...), r.URL)
	if r.Telephony != nil {
		to = jsontext.AppendValue(append(to, `,"telephony":`...), r.Telephony)
	}
	to = jsontext.AppendOrNull(append(to, `,"external_id":`...), r.ExternalID)
	to = append(to, `,"metadata":`...)
	to = appendMap(to, r.Metadata)
	to = r.Source.append(append(to, `,"source":`...))
	to = jsontext.Append(append(to, `,"created_at":`...), r.CreatedAt)
	to = jsontext.Append(append(to, `,"updated_at":`...), r.UpdatedAt)
	to = jsontext.AppendOrNull(append(to, `,"expires_at":`...), r.ExpiresAt)
	return append(to, '}')
}

func (s source) append(to []byte) []byte {
	to = jsontext.Append(append(to, `{"kind":`...), s.Kind)
	to = jsontext.Append(append(to, `,"id":`...), s.ID)
	to = jsontext.Append(append(to, `,"name":`...), s.Name)
	return append(to, '}')
}

// appendMap appends an object in JSON; most are empty.
func appendMap[V any](to []byte, object map[string]V) []byte {
	if len(object) == 0 && object != nil {
		return append(to, "{}"...)
	}
	return jsontext.AppendValue(to, object)
}

// append appends the envelope of a list of rooms in JSON. The results are elements of an
// array, with commas between them.
func (l roomList) append(to []byte) []byte {
	to = strconv.AppendInt(append(to, `{"count":`...), int64(l.Count), 10)
	if l.AtLeast {
		to = append(to, `,"count_is_lower_bound":true`...)
	}
	to = jsontext.AppendOrNull(append(to, `,"next":`...), l.Next)
	to = jsontext.AppendOrNull(append(to, `,"previous":`...), l.Previous)
	to = append(append(to, `,"results":[`...), l.results...)
	return append(to, "]}\n"...)
}
