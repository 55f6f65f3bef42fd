package operators

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// DefaultAddress is where operators are answered unless they choose another address.
const DefaultAddress = "127.0.0.1:9090"

// Off is the address that means no listener.
const Off = "off"

// errPublic refuses to show the internals where the public asks.
var errPublic = errors.New("must not be the address of the public API")

// listen returns the listener for operators, or nil if there is none: because it is
// off, or because the default address is taken, which is logged. An address that was
// chosen must be free.
func listen(address string, public net.Addr, logger *slog.Logger) (net.Listener, error) {
	chosen := address != ""
	if !chosen {
		address = DefaultAddress
	}
	if address == Off {
		return nil, nil
	}
	err := apart(address, public)
	var listener net.Listener
	if err == nil {
		listener, err = net.Listen("tcp", address)
	}
	if err != nil && !chosen {
		logger.Warn("operators are not answered: choose another address by --admin-listen",
			slog.String("address", address), slog.String("error", err.Error()))
		return nil, nil
	}
	return listener, err
}

// apart returns an error if the address is that of the public listener, or one of
// those on which it listens.
func apart(address string, public net.Addr) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return fmt.Errorf("the port %q is not known", port)
	}
	theirs, ok := public.(*net.TCPAddr)
	if !ok || number == 0 || number != theirs.Port {
		return nil
	}
	ip := net.ParseIP(host)
	if host == "" || ip.IsUnspecified() || theirs.IP.IsUnspecified() || host == "localhost" || ip.Equal(theirs.IP) {
		return errPublic
	}
	return nil
}

// serveOn answers operators on a listener until the function that it returns is
// called.
func serveOn(listener net.Listener, handler http.Handler, logger *slog.Logger) (stop func()) {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      5 * time.Minute, // a profile is taken for as long as it is asked for
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("operators are no longer answered", slog.String("error", err.Error()))
		}
	}()
	return func() {
		_ = server.Close() // whoever looks on is not waited for
		<-ended
	}
}
