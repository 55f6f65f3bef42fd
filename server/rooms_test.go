package server_test

import (
	"testing"

	"github.com/matryer/is"
)

func TestTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, a *api) {
		is := is.New(t)
		token := a.token("alice@example.com")
		room := a.create(`{"name":"Budget"}`, token)
		id := room["id"].(string)

		list := a.call("GET", "/rooms/", "", token).json(t)
		is.Equal(list["count"], 1.0) // it is listed
		r := a.call("GET", "/rooms/"+id+"/", "", token)
		is.Equal(r.json(t), room) // and read as it was created
		r = a.call("PATCH", "/rooms/"+id+"/", `{"name":"Budget 2027"}`, token)
		is.Equal(r.json(t)["name"], "Budget 2027") // changed
		r = a.call("DELETE", "/rooms/"+id+"/", "", token)
		is.Equal(r.StatusCode, 204) // and deleted
		r = a.call("DELETE", "/rooms/"+id+"/", "", token)
		is.Equal(r.StatusCode, 404) // once
	})
}
