package dbtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// proxy is a web server that compresses what comes from another one. In the texts %d stands
// for the directory that it may write to, %a for its address, and %u for the address behind.
type proxy struct {
	binary, pkg string
	args        []string
	config      string
}

// proxies are the web servers by their names.
func proxies() map[string]proxy {
	const modules = "/usr/lib/apache2/modules/"
	apache := "ServerRoot %d\nServerName localhost\nListen %a\nPidFile %d/pid\nErrorLog %d/error.log\n" +
		"DefaultRuntimeDir %d\nMutex file:%d\n"
	for _, name := range []string{"mpm_event", "authz_core", "filter", "deflate", "brotli", "proxy", "proxy_http"} {
		apache += "LoadModule " + name + "_module " + modules + "mod_" + name + ".so\n"
	}
	apache += "SetOutputFilter BROTLI_COMPRESS;DEFLATE\nProxyPass / http://%u/\n"
	return map[string]proxy{
		"nginx": {"nginx", "nginx-light", []string{"-c", "%d/config", "-e", "%d/error.log"}, `
			daemon off; pid %d/pid; events {}
			http {
				access_log off; client_body_temp_path %d/b; proxy_temp_path %d/p;
				fastcgi_temp_path %d/f; uwsgi_temp_path %d/u; scgi_temp_path %d/s;
				gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *;
				server { listen %a; location / { proxy_pass http://%u; proxy_http_version 1.1; } }
			}`},
		"Apache": {"apache2", "apache2-bin", []string{"-D", "FOREGROUND", "-f", "%d/config"}, apache},
		"Caddy": {"caddy", "caddy", []string{"run", "--adapter", "caddyfile", "--config", "%d/config"},
			"{\nadmin off\nauto_https off\n}\nhttp://%a {\nencode {\nzstd\ngzip\nminimum_length 1\n}\n" +
				"reverse_proxy %u\n}\n"},
	}
}

// Proxy starts a web server, nginx, Apache or Caddy, that compresses all answers of the server
// at the address upstream, and returns its own address. It ends with the test. Without the web
// server the test is skipped, or fails if nothing may be skipped.
func Proxy(t testing.TB, name, upstream string) (address string) {
	t.Helper()
	p, known := proxies()[name]
	if !known {
		t.Fatalf("there is no proxy %q", name)
	}
	binary, err := exec.LookPath(p.binary)
	if err != nil {
		binary, err = exec.LookPath("/usr/sbin/" + p.binary)
	}
	if err != nil {
		Missing(t, name, "install it (Debian: apt-get install "+p.pkg+")")
	}
	address, err = p.start(t, binary, upstream)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// start starts the web server on a free port of the loop-back interface.
func (p proxy) start(t testing.TB, binary, upstream string) (address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		return "", err
	}
	d, err := newDaemon("proxy")
	if err != nil {
		return "", err
	}
	fill := strings.NewReplacer("%d", d.dir, "%a", address, "%u", upstream).Replace
	if err := os.WriteFile(filepath.Join(d.dir, "config"), []byte(fill(p.config)), 0o644); err != nil {
		return "", err
	}
	command := []string{"/usr/bin/env", "HOME=" + d.dir, binary}
	for _, arg := range p.args {
		command = append(command, fill(arg))
	}
	if err := d.start("TERM", command...); err != nil {
		return "", fmt.Errorf("starting a proxy: %w", err)
	}
	t.Cleanup(d.stop)
	return address, d.waitListening(address)
}
