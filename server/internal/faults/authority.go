//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/obedience"
	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// authority has an operator take authority away and give it again, while two servers answer whose ways to the
// database are cut and delayed, and which are stopped and continued. Every answer is held against the commands that
// had returned when the request was sent.
func authority(ctx context.Context, t *trial) (string, error) {
	var figures []string
	for _, install := range []func(context.Context) (*obeying, error){t.obeyingOnSQLite, t.obeyingOnPostgres} {
		o, err := install(ctx)
		if err != nil {
			return "", err
		}
		if o == nil {
			continue
		}
		figure, err := o.run(ctx, pick(t, 2*time.Minute, 12*time.Second))
		if figures = append(figures, figure); err != nil {
			return strings.Join(figures, "; "), err
		}
	}
	return strings.Join(figures, "; "), nil
}

// obeying is two servers on one database.
type obeying struct {
	name    string
	stand   *stand.Stand
	links   []*obedience.Link // to the database, one for each server; none on SQLite
	servers []*stand.Server
	clients []*stand.Client
	history obedience.History
}

func (t *trial) obeyingOnSQLite(ctx context.Context) (*obeying, error) {
	dir, err := t.scratch()
	if err != nil {
		return nil, err
	}
	o := &obeying{name: "sqlite"}
	if o.stand, err = t.onSQLite(ctx, dir); err != nil {
		return nil, err
	}
	return o, o.start(ctx, t, "", "")
}

func (t *trial) obeyingOnPostgres(ctx context.Context) (*obeying, error) {
	if t.sqliteOnly {
		return nil, nil
	}
	o := &obeying{name: "postgres"}
	var err error
	if o.stand, _, err = t.onPostgres(ctx, ""); err != nil {
		return nil, err
	}
	address, err := url.Parse(o.stand.Database)
	if err != nil {
		return nil, err
	}
	var through []string
	for range 2 {
		link, err := obedience.NewLink(address.Host)
		if err != nil {
			return nil, err
		}
		t.cleanup(func() { _ = link.Close() })
		other := *address
		other.Host = link.Address()
		o.links, through = append(o.links, link), append(through, "ANTEROOM_DATABASE_URL="+other.String())
	}
	return o, o.start(ctx, t, through...)
}

// start starts a server for each variable.
func (o *obeying) start(ctx context.Context, t *trial, variables ...string) error {
	for _, variable := range variables {
		server, client, err := o.stand.ServeClient(ctx, strings.Fields(variable)...)
		if err != nil {
			return err
		}
		t.cleanup(server.Kill)
		client.HTTP.Timeout = 10 * time.Second
		o.servers, o.clients = append(o.servers, server), append(o.clients, client)
	}
	return nil
}

// run lets all of it happen for a time, and judges.
func (o *obeying) run(ctx context.Context, length time.Duration) (string, error) {
	within, end := context.WithTimeout(ctx, length)
	defer end()
	var all sync.WaitGroup
	for i := range o.servers {
		for range 3 {
			all.Go(func() { o.ask(within, i) })
		}
		all.Go(func() { o.trouble(within, i) })
	}
	var failed error
	all.Go(func() { failed = o.operate(within) })
	all.Wait()
	sum := o.history.Judge()
	figure := fmt.Sprintf("%s: %d commands (%s at most), %d allowed, %d refused, %d without an answer", o.name,
		sum.Commands, round(sum.Longest), sum.Allowed, sum.Refused, sum.Unknown)
	return figure, errors.Join(failed, o.judge(sum))
}

func (o *obeying) judge(sum obedience.Sum) error {
	switch {
	case len(sum.Disobeyed) > 0:
		return fmt.Errorf("%d answers disobey, the first: %s", len(sum.Disobeyed), sum.Disobeyed[0])
	case sum.Commands < 4 || sum.Allowed < 50 || sum.Refused < 50: // machines are slow at times
		return errors.New("too little happened to tell anything")
	case sum.Longest > 5*time.Second:
		return errors.New("a command waits for two seconds at most")
	}
	return nil
}

// ask sends requests to one server.
func (o *obeying) ask(ctx context.Context, i int) {
	client := o.stand.Client(o.servers[i].URL)
	client.HTTP.Timeout = 10 * time.Second
	for ctx.Err() == nil {
		began := time.Now()
		what, answer := "token", stand.Answer{}
		if rand.IntN(4) == 0 {
			answer = client.Token(ctx)
		} else {
			what, answer = "list", o.clients[i].List(ctx)
		}
		if ctx.Err() == nil {
			o.history.Answer(obedience.Answer{Server: i, What: what, Began: began, Done: time.Now(), Status: answer.Status})
		}
		pass(ctx, time.Duration(rand.IntN(8))*time.Millisecond)
	}
}

// trouble disturbs one server again and again, and leaves it in peace at the end.
func (o *obeying) trouble(ctx context.Context, i int) {
	for ctx.Err() == nil {
		pass(ctx, time.Duration(rand.IntN(1500))*time.Millisecond)
		length := time.Duration(100+rand.IntN(2500)) * time.Millisecond
		switch kind := rand.IntN(3); {
		case kind == 0 || o.links == nil:
			_ = o.servers[i].Signal(syscall.SIGSTOP)
			pass(ctx, length)
			_ = o.servers[i].Signal(syscall.SIGCONT)
		case kind == 1:
			o.links[i].Cut(true)
			pass(ctx, length)
			o.links[i].Cut(false)
		default:
			o.links[i].Delay(time.Duration(rand.IntN(400)) * time.Millisecond)
			pass(ctx, length)
			o.links[i].Delay(0)
		}
	}
}

// operate disables the user and enables them again, from a process of its own each time.
func (o *obeying) operate(ctx context.Context) error {
	for takes := true; ctx.Err() == nil; takes = !takes {
		pass(ctx, time.Duration(rand.IntN(900))*time.Millisecond)
		command := "enable"
		if takes {
			command = "disable"
		}
		began := time.Now()
		_, err := o.stand.Run(context.WithoutCancel(ctx), "user", command, stand.User)
		if err != nil {
			return err
		}
		o.history.Command(obedience.Command{Takes: takes, Began: began, Done: time.Now()})
	}
	return nil
}
