package moving

// The statuses with which the commands end, besides 0 and 1.
const (
	statusUsage      = 2
	statusIncomplete = 3
)

// Failure is an error with the status with which the program ends.
type Failure struct {
	text   string
	status int
}

// Error returns the text.
func (f *Failure) Error() string { return f.text }

// Status returns the status.
func (f *Failure) Status() int { return f.status }
