//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/anteroom-go/anteroom/server/internal/bench/floor"
)

type floorCommand struct{}

// Run serves the floor and prints its address. It ends with the process that started it.
func (floorCommand) Run(ctx context.Context, out io.Writer) error {
	var config floor.Config
	if err := json.NewDecoder(os.Stdin).Decode(&config); err != nil {
		return err
	}
	handler, closeAll, err := floor.New(ctx, config)
	if err != nil {
		return err
	}
	defer closeAll()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	return http.Serve(listener, handler)
}

// startFloor starts this program as the floor and returns its address.
func startFloor(ctx context.Context, config floor.Config) (address string, stop func(), err error) {
	program, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	text, err := json.Marshal(config)
	if err != nil {
		return "", nil, err
	}
	command := exec.CommandContext(ctx, program, "floor")
	command.Stdin, command.Stderr = strings.NewReader(string(text)), os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := command.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	}
	address, err = bufio.NewReader(output).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the floor does not start: %w", err)
	}
	return strings.TrimSpace(address), stop, nil
}
