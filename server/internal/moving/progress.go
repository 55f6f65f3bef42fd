package moving

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows on a terminal how far the work is; elsewhere it is silent.
type bar struct{ *progressbar.ProgressBar }

// newBar returns a bar for so many bytes or records; less than 1 if the number is not known.
func newBar(out io.Writer, size int64, bytes bool, what string) bar {
	if size < 1 {
		size = -1
	}
	return bar{progressbar.NewOptions64(size, progressbar.OptionSetWriter(out),
		progressbar.OptionSetVisibility(shown(out)), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30))}
}

// shown reports whether a bar can be seen.
func shown(out io.Writer) bool {
	file, isFile := out.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// end removes the bar.
func (b bar) end() { _ = b.Finish() }

// counted returns a number and a noun.
func counted(n int, what string) string { return fmt.Sprintf("%d %s", n, what) }
