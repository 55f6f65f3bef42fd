//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/anteroom-go/anteroom/server/internal/faults/stand"
)

// rolling restarts two servers behind nginx in turn while clients use them. No
// request may fail.
func rolling(ctx context.Context, t *trial) (string, error) {
	s, _, err := t.onPostgres(ctx, "")
	if err != nil {
		return "", err
	}
	servers, err := t.two(ctx, s)
	if err != nil {
		return "", err
	}
	front, err := t.nginx(ctx, servers[0].URL, servers[1].URL)
	if err != nil {
		return "", err
	}
	client, err := s.Authenticated(ctx, front)
	if err != nil {
		return "", err
	}
	load := stand.StartLoad(ctx, client, 32)
	defer load.Stop()
	restarts := pick(t, 8, 4)
	for i := range restarts {
		if servers[i%2], err = replaceServer(ctx, s, servers[i%2]); err != nil {
			return "", err
		}
	}
	load.Stop()
	found, err := stand.Verify(ctx, s.Database, load.Acknowledged())
	return fmt.Sprintf("%d restarts: %s; slowest %s; %s", restarts, load.Before, round(load.Before.Slowest()), found),
		errors.Join(err, load.Before.Wrong(), found.Err())
}

// two starts two servers. Those that stand in their places at the end are killed.
func (t *trial) two(ctx context.Context, s *stand.Stand) (servers []*stand.Server, err error) {
	servers = make([]*stand.Server, 2)
	for i := range servers {
		if servers[i], err = s.Serve(ctx); err != nil {
			return nil, err
		}
		t.cleanup(func() {
			if servers[i] != nil {
				servers[i].Kill()
			}
		})
	}
	return servers, nil
}

// replaceServer stops a server, starts another one on its address and waits until
// that is ready.
func replaceServer(ctx context.Context, s *stand.Stand, server *stand.Server) (*stand.Server, error) {
	pass(ctx, 500*time.Millisecond)
	if err := server.Stop(30 * time.Second); err != nil {
		return nil, err
	}
	next, err := s.Restart(ctx, server)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(10 * time.Second); ; pass(ctx, 50*time.Millisecond) {
		if s.Client(next.URL).Ready(ctx).OK() {
			return next, nil
		}
		if time.Now().After(deadline) {
			return next, errors.New("a server that was started is not ready after 10s")
		}
	}
}

// nginxConfig is what stands in front: nothing in it is particular but the files.
const nginxConfig = `daemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	upstream anteroom {
		server %[3]s max_fails=1 fail_timeout=1s;
		server %[4]s max_fails=1 fail_timeout=1s;
		keepalive 16;
	}
	server {
		listen %[2]s;
		location / {
			proxy_pass http://anteroom;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_connect_timeout 2s;
		}
	}
}
`

// nginx starts nginx in front of servers and returns its URL.
func (t *trial) nginx(ctx context.Context, first, second string) (string, error) {
	binary, err := nginxBinary()
	if err != nil {
		return "", err
	}
	address, err := stand.FreeAddress()
	if err != nil {
		return "", err
	}
	dir, err := t.nginxFiles(address, first, second)
	if err != nil {
		return "", err
	}
	command := exec.Command(binary, "-e", dir+"/error.log", "-p", dir, "-c", dir+"/nginx.conf")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := command.Start(); err != nil {
		return "", err
	}
	t.cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	return "http://" + address, accepts(ctx, address)
}

func nginxBinary() (string, error) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx" // where Debian has it, which is not on everyone's PATH
	}
	if _, err := os.Stat(binary); err != nil {
		return "", errors.New("nginx is needed (Debian: apt-get install nginx-light)")
	}
	return binary, nil
}

// nginxFiles makes a directory with the configuration.
func (t *trial) nginxFiles(address, first, second string) (dir string, err error) {
	dir, err = os.MkdirTemp("", "anteroom-faults-nginx-") // where its worker can reach it
	if err != nil {
		return "", err
	}
	t.cleanup(func() { _ = os.RemoveAll(dir) })
	config := fmt.Sprintf(nginxConfig, dir, address,
		strings.TrimPrefix(first, "http://"), strings.TrimPrefix(second, "http://"))
	return dir, errors.Join(os.Chmod(dir, 0o755), os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o644))
}

// accepts waits until an address accepts connections.
func accepts(ctx context.Context, address string) error {
	for deadline := time.Now().Add(10 * time.Second); ; pass(ctx, 20*time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}
