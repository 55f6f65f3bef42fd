//go:build linux

package stand

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Clock sets the wall clock of one process ahead or back. A Go program asks the
// kernel's vDSO for the time, a piece of code that the kernel maps into every
// process; Clock replaces that of this process by a few instructions which make the
// system call and add an offset. The monotonic clock goes on as it is, and so does
// every other process.
type Clock struct {
	memory *os.File
	offset int64 // where the offset is
}

// routine returns the code of clock_gettime(2) with an offset in seconds for
// CLOCK_REALTIME, which is clock 0. The offset stands behind it, at byte 32.
func routine() []byte {
	return []byte{
		0xb8, 0xe4, 0x00, 0x00, 0x00, // mov eax, 228
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi
		0x75, 0x0a, // jnz to the end
		0x48, 0x8b, 0x0d, 0x0e, 0x00, 0x00, 0x00, // mov rcx, [rip+offset]
		0x48, 0x01, 0x0e, // add [rsi], rcx
		0xc3, // ret
	}
}

const (
	routineOffset = 32
	routineSize   = routineOffset + 8
)

// TakeClock takes the clock of a server over.
func (p *Server) TakeClock() (*Clock, error) {
	if runtime.GOARCH != "amd64" {
		return nil, errors.New("the clock of a process can be moved on amd64 only")
	}
	start, end, err := vdsoRange(p.PID())
	if err != nil {
		return nil, err
	}
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", p.PID()), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	image := make([]byte, end-start)
	if _, err := memory.ReadAt(image, start); err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	entry, free, err := vdsoPlaces(image)
	if err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	c := &Clock{memory: memory, offset: start + free + routineOffset}
	if err := c.patch(p, start+entry, start+free); err != nil {
		return nil, errors.Join(err, memory.Close())
	}
	return c, nil
}

// patch writes the routine, and a jump to it where clock_gettime begins.
func (c *Clock) patch(p *Server, entry, free int64) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	code := make([]byte, routineSize)
	copy(code, routine())
	_, err := c.memory.WriteAt(code, free)
	if err == nil {
		jump := binary.LittleEndian.AppendUint32([]byte{0xe9}, uint32(int32(free-entry-5)))
		_, err = c.memory.WriteAt(jump, entry)
	}
	return errors.Join(err, p.Signal(syscall.SIGCONT))
}

// Set makes the process see a time that is so much ahead of the right one.
func (c *Clock) Set(ahead time.Duration) error {
	_, err := c.memory.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(int64(ahead/time.Second))), c.offset)
	return err
}

// Close gives up the process. Its clock stays as it is.
func (c *Clock) Close() error { return c.memory.Close() }

// vdsoRange returns where the vDSO of a process is.
func vdsoRange(pid int) (start, end int64, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "[vdso]") {
			_, err := fmt.Sscanf(line, "%x-%x", &start, &end)
			return start, end, err
		}
	}
	return 0, 0, errors.New("the process has no vDSO")
}

// vdsoPlaces returns where clock_gettime begins, and where room is for the routine:
// the image ends in zeros.
func vdsoPlaces(image []byte) (entry, free int64, err error) {
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return 0, 0, err
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return 0, 0, err
	}
	for _, symbol := range symbols {
		if symbol.Name == "__vdso_clock_gettime" {
			entry = int64(symbol.Value)
		}
	}
	free = int64(len(image)-routineSize) &^ 15
	if entry == 0 || !bytes.Equal(image[free:], make([]byte, int64(len(image))-free)) {
		return 0, 0, errors.New("the vDSO of this kernel has another form")
	}
	return entry, free, nil
}
