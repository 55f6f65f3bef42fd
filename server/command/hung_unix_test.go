//go:build unix

package command

import (
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

// TestHungDatabase stops PostgreSQL without ending it: no connection is closed, and
// none answers.
func TestHungDatabase(t *testing.T) {
	is := is.New(t)
	url := dbtest.Cluster(t)
	i := install(t, url)
	server := i.serve("--admin-listen", "127.0.0.1:0")
	status, _ := i.status("GET", server.admin+"/readyz", "")
	is.Equal(status, 200)
	resume := dbtest.Hang(t, url)
	var body string
	until(t, "the server is ready", nil, func() bool { // the last result is kept for a second
		status, body = i.status("GET", server.admin+"/readyz", "")
		return status == 503
	})
	is.True(strings.Contains(body, `{"check":"database","ok":false,"reason":"no answer within 1s"}`))
	status, _ = i.status("GET", server.url+"/readyz", "")
	is.Equal(status, 503)
	status, _ = i.status("GET", server.admin+"/healthz", "")
	is.Equal(status, 200) // the process itself is well
	until(t, "the inventory is there", nil, func() bool {
		_, sums := i.scrape(server) // which is answered, too
		return sums["anteroom_inventory_up"] == 0
	})
	resume()
	until(t, "the server is not ready again", nil, func() bool {
		status, _ := i.status("GET", server.admin+"/readyz", "")
		return status == 200
	})
}
