//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/bench/floor"
	"github.com/anteroom-go/anteroom/server/internal/bench/load"

	"github.com/anteroom-go/anteroom/scopes"
)

// asking makes the requests for one of the two sides.
type asking struct {
	host, path string
	bearer     string // a field value
	ids        []string
	own        int // rooms of the user
}

func (a asking) request(method, path, body string, status int, contains ...string) load.Request {
	fields := []string{"Authorization", a.bearer}
	if body != "" {
		fields = append(fields, "Content-Type", "application/json")
	}
	return load.Request{Text: load.NewRequest(method, a.host, a.path+path, body, fields...), Status: status,
		Contains: contains}
}

// measured are the operations, with the least ratio that is asked of them on each database.
func measured() []struct {
	name             string
	postgres, sqlite float64
} {
	return []struct {
		name             string
		postgres, sqlite float64
	}{{"token", 0.75, 0.70}, {"retrieve", 0.65, 0.65}, {"create", 0.60, 0.60}, {"list", 0.60, 0}}
}

// side returns a side that sends the requests of an operation.
func (w *world) side(name string, a asking) *load.Side {
	switch name {
	case "token":
		request := w.tokenRequest(a.host, a.path, 0, 0)
		return &load.Side{Next: func(int, int) load.Request { return request }}
	case "retrieve":
		requests := make([]load.Request, len(a.ids))
		for i, id := range a.ids {
			requests[i] = a.request("GET", "/rooms/"+id+"/", "", http.StatusOK, `"id":"`+id+`"`, `"slug":"`)
		}
		return &load.Side{Next: func(worker, n int) load.Request { return requests[(worker*67+n)%len(requests)] }}
	case "create":
		request := a.request("POST", "/rooms/", `{"name":"Budget"}`, http.StatusCreated, `"name":"Budget"`, `"slug":"`)
		return &load.Side{Next: func(int, int) load.Request { return request }}
	}
	request := a.request("GET", "/rooms/", "", http.StatusOK, fmt.Sprintf(`"count":%d`, a.own), `"results":[{`, a.ids[0])
	return &load.Side{Next: func(int, int) load.Request { return request }}
}

// operations measures each operation on the program and on the floor, in turns.
func (c *compareCommand) operations(ctx context.Context, w *world, dir string) (all []operation, err error) {
	config := floor.Config{URL: "https://meet.example.org", UserID: w.plan.UserID(0), Address: w.plan.Address(0),
		Scopes: scopes.All().String()}
	if err := w.copyForFloor(ctx, dir, &config); err != nil {
		return nil, fmt.Errorf("the floor's tables: %w", err)
	}
	address, stop, err := startFloor(ctx, config)
	if err != nil {
		return nil, err
	}
	defer stop()
	sides, err := w.sides(address)
	if err != nil {
		return nil, err
	}
	for _, m := range []int{0, 1, 3, 2} { // creates come last, since they make the list longer
		one, err := c.measure(ctx, w, measured()[m].name, sides)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", measured()[m].name, err)
		}
		one.Target = w.target(m)
		all = append(all, one)
	}
	return all, nil
}

// target returns the least ratio that is asked of an operation.
func (w *world) target(i int) float64 {
	if strings.HasPrefix(w.url, "file:") {
		return measured()[i].sqlite
	}
	return measured()[i].postgres
}

// sides returns how to ask the program and the floor.
func (w *world) sides(floor string) (sides [2]asking, err error) {
	sides = [2]asking{{host: w.address(), path: api}, {host: floor}}
	for i := range sides {
		token, err := w.token(sides[i].host, sides[i].path, 0, 0)
		if err != nil {
			return sides, err
		}
		sides[i].bearer = "Bearer " + token
		sides[i].ids, sides[i].own = w.own()
	}
	return sides, nil
}

// own returns the live rooms that the first user has in the first application, the newest first.
func (w *world) own() (ids []string, count int) {
	for i := w.plan.Rooms - 1; i >= 0; i-- {
		room := w.plan.Room(i)
		if room.Deleted() || room.Application != 0 {
			continue
		}
		if room.User == 0 {
			ids = append(ids, room.ID)
		}
		if room.User == 0 || room.Invited(w.plan.Address(0)) {
			count++
		}
	}
	return ids, count
}

// measure sends requests to both in turns, the floor first and last in every second round.
func (c *compareCommand) measure(ctx context.Context, w *world, name string, to [2]asking) (one operation, err error) {
	ours, theirs := w.side(name, to[0]), w.side(name, to[1])
	for i, side := range []*load.Side{ours, theirs} {
		if err := side.Open(to[i].host, c.Connections); err != nil {
			return one, err
		}
		defer side.Close()
		if err := side.Turn(ctx, c.Turn/2, 0, false); err != nil {
			return one, fmt.Errorf("%s: %w", [2]string{"anteroom", "the floor"}[i], err)
		}
	}
	var objects, bytes float64
	for range c.Turns {
		before, size := w.allocated(&err)
		if err := ours.Turn(ctx, c.Turn, 0, true); err != nil {
			return one, err
		}
		after, sizeAfter := w.allocated(&err)
		objects, bytes = objects+after-before, bytes+sizeAfter-size
		if err := theirs.Turn(ctx, c.Turn, 0, true); err != nil {
			return one, fmt.Errorf("the floor: %w", err)
		}
	}
	n := float64(ours.Requests())
	return operation{Name: name, Ours: ours.Rate(), Floor: theirs.Rate(), Ratio: ours.Rate() / theirs.Rate(),
		P50: ms(ours.Quantile(0.5)), P99: ms(ours.Quantile(0.99)), FloorP50: ms(theirs.Quantile(0.5)),
		FloorP99: ms(theirs.Quantile(0.99)), Allocs: objects / n, AllocSize: bytes / n}, err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// allocated returns how many objects and bytes the process of the server has allocated.
func (w *world) allocated(failure *error) (objects, bytes float64) {
	objects, err := w.metric("go_memstats_mallocs_total")
	if err == nil {
		bytes, err = w.metric("go_memstats_alloc_bytes_total")
	}
	if err != nil {
		*failure = err
	}
	return objects, bytes
}

// memory returns the resident memory of a new server, in MiB, after requests of every kind of all applications.
func (c *compareCommand) memory(ctx context.Context, w *world) (int, error) {
	if err := w.serve(ctx); err != nil {
		return 0, err
	}
	bearers := make([]string, len(w.secrets))
	for app := range w.secrets {
		token, err := w.token(w.address(), api, app, app%w.plan.Users)
		if err != nil {
			return 0, err
		}
		bearers[app] = "Bearer " + token
	}
	side := w.mixed(bearers)
	if err := side.Open(w.address(), c.Connections); err != nil {
		return 0, err
	}
	defer side.Close()
	err := side.Turn(ctx, 0, c.Mixed, true)
	return w.server.Memory(), err
}

// mixed returns a side that sends requests of every kind for the applications that have the tokens.
func (w *world) mixed(bearers []string) *load.Side {
	id := w.plan.Room(0).ID
	return &load.Side{Next: func(_, n int) load.Request {
		app := rand.IntN(len(bearers))
		a := asking{host: w.address(), path: api, bearer: bearers[app]}
		switch n % 10 {
		case 0:
			return w.tokenRequest(a.host, api, app, app%w.plan.Users)
		case 1, 2:
			return a.request("POST", "/rooms/", `{"name":"Budget"}`, http.StatusCreated, `"name":"Budget"`)
		case 3, 4, 5:
			return a.request("GET", "/rooms/", "", http.StatusOK, `"results":[`)
		}
		if app != 0 { // the room is of the first application
			return a.request("GET", "/rooms/"+id+"/", "", http.StatusNotFound)
		}
		return a.request("GET", "/rooms/"+id+"/", "", http.StatusOK, id)
	}}
}

// start returns the milliseconds from the start of a server to its first token, the median of five.
func (c *compareCommand) start(ctx context.Context, w *world) (float64, error) {
	var took [5]float64
	for i := range took {
		w.stop()
		began := time.Now()
		if err := w.serve(ctx); err != nil {
			return 0, err
		}
		if _, err := w.token(w.address(), api, 0, 0); err != nil {
			return 0, err
		}
		took[i] = ms(time.Since(began))
	}
	return median(took[:]), nil
}
