package form_test

import (
	"context"
	"fmt"
	"strconv"

	"github.com/anteroom-go/anteroom/rooms"
	"github.com/anteroom-go/anteroom/rooms/form"
)

// counted is a store of a host that counts its rooms.
type counted struct {
	rooms.Store
	last int
}

func (c *counted) next(context.Context) (string, error) {
	c.last++
	return strconv.Itoa(c.last), nil
}

func Example() {
	meetings := &counted{last: 41}
	stores := rooms.Stores{Rooms: meetings}
	stores.IDs = &form.ID{New: meetings.next, Parse: form.Number}
	stores.Slugs = &form.Slug{Parse: form.Exact}

	fmt.Println(stores.IDs.New(context.Background()))
	fmt.Println(stores.IDs.Read("42"))
	_, ok := stores.IDs.Read("042")
	fmt.Println(ok)
	fmt.Println(stores.Slugs.Read("Team-Standup"))
	// Output:
	// 42 <nil>
	// 42 true
	// false
	// Team-Standup true
}
