package google

import (
	"context"
	"errors"
	"time"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/server/calls"
	"github.com/anteroom-go/anteroom/server/internal/google/filter"
	"github.com/anteroom-go/anteroom/server/internal/google/message"
	"github.com/anteroom-go/anteroom/server/internal/google/space"
	"github.com/anteroom-go/anteroom/server/internal/wire"
)

// The sizes of pages of records, which are Google's.
const (
	usualRecords = 25
	mostRecords  = 100
)

// errNoRecord is the answer about a record that the caller does not see, or that is not there.
var errNoRecord = wire.Error{Status: 404, Code: "not_found", Detail: "There is no such conference record."}

// record is the record of a call as Google's client libraries read it.
type record struct {
	Name       string `json:"name"`
	StartTime  string `json:"startTime,omitempty"`
	EndTime    string `json:"endTime,omitempty"`
	ExpireTime string `json:"expireTime,omitempty"`
	Space      string `json:"space"`
}

// recordList is the answer of a list of records.
type recordList struct {
	Records       []record `json:"conferenceRecords,omitempty"`
	NextPageToken string   `json:"nextPageToken,omitempty"`
}

func recordName(id string) string { return "conferenceRecords/" + id }

func recordOf(r calls.Record) record {
	return record{Name: recordName(r.ID), StartTime: timeText(r.Start), EndTime: timeText(r.End),
		ExpireTime: timeText(r.Expire), Space: space.Name(r.RoomID)}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (f *Face) listRecords(ctx context.Context, c *call) (any, error) {
	var faults rooms.Faults
	query := calls.Query{Limit: c.query.PageSize(usualRecords, mostRecords, &faults), After: c.query.After(&faults)}
	named, ok := filter.Read(c.query["filter"], &query)
	if !ok {
		faults.Add("filter", rooms.CodeInvalidChoice, "A filter compares space.name, space.meeting_code, start_time or "+
			"end_time, and joins comparisons by AND.")
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if named != "" {
		c.params["space"] = named
		room, err := f.find(ctx, c)
		if errors.Is(err, rooms.ErrNotFound) {
			return recordList{}, nil
		}
		if err != nil {
			return nil, err
		}
		query.RoomID = room.ID
	}
	return f.records(ctx, c, query)
}

// records returns a page of the records that a query selects.
func (f *Face) records(ctx context.Context, c *call, query calls.Query) (any, error) {
	if f.calls.Records == nil {
		return recordList{}, nil
	}
	size := query.Limit
	query.Limit++ // one more shows whether there are more
	found, err := f.calls.Records(ctx, c.caller, query)
	if err != nil {
		return nil, err
	}
	var list recordList
	if len(found) > size {
		found = found[:size]
		list.NextPageToken = message.PageToken(found[size-1].ID)
	}
	for _, one := range found {
		list.Records = append(list.Records, recordOf(one))
	}
	return list, nil
}

// record returns the record that a path names, or errNoRecord.
func (f *Face) record(ctx context.Context, c *call) (record, error) {
	if f.calls.Records == nil {
		return record{}, errNoRecord
	}
	found, err := f.calls.Records(ctx, c.caller, calls.Query{ID: c.params["record"], Limit: 1})
	switch {
	case err != nil:
		return record{}, err
	case len(found) != 1 || found[0].ID != c.params["record"]:
		return record{}, errNoRecord
	}
	return recordOf(found[0]), nil
}

func (f *Face) getRecord(ctx context.Context, c *call) (any, error) { return f.record(ctx, c) }

// listParts answers for what belongs to a record. None of it is kept here.
func (f *Face) listParts(ctx context.Context, c *call) (any, error) {
	if _, err := f.record(ctx, c); err != nil {
		return nil, err
	}
	if c.params["parent"] != "" {
		return nil, errNoRecord
	}
	return nothing{}, nil
}

// getPart answers for one of what belongs to a record: there is none.
func (f *Face) getPart(context.Context, *call) (any, error) { return nil, errNoRecord }
