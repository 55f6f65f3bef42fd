package operators_test

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/internal/operators"
)

func TestAddresses(t *testing.T) {
	is := is.New(t)
	public, err := net.Listen("tcp", "127.0.0.1:0")
	is.NoErr(err)
	defer public.Close()
	_, port, err := net.SplitHostPort(public.Addr().String())
	is.NoErr(err)
	var log bytes.Buffer
	open := func(address string) error {
		o, err := operators.Open(t.Context(), operators.Config{Address: address, Public: public.Addr(),
			Env: func(string) string { return "" }, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err == nil {
			o.Close()
		}
		return err
	}
	for _, host := range []string{"127.0.0.1", "", "0.0.0.0", "[::]", "localhost"} {
		err := open(host + ":" + port)
		is.True(err != nil && strings.Contains(err.Error(), "must not be the address of the public API"))
	}
	is.NoErr(open("off"))
	is.NoErr(open("127.0.0.1:0"))
	is.True(open("nonsense") != nil)
	is.True(open("127.0.0.1:no-such-service") != nil)

	taken, err := net.Listen("tcp", operators.DefaultAddress)
	if err == nil {
		defer taken.Close() // else another program has it
	}
	is.NoErr(open("")) // the default must not keep a server from serving
	is.True(strings.Contains(log.String(), "operators are not answered"))
	is.True(open(operators.DefaultAddress) != nil) // unless it was chosen
}
