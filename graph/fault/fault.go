// Package fault is the one place that says what can go wrong in gotl-gpu.
//
// Every failure a user can meet belongs to a class; the class decides the exit
// code. A sentinel names a reason within its class and is matched with
// errors.Is. An [Error] carries the four parts that are printed: what, where,
// why, do. Always wrap with %w; never compare texts.
package fault

import (
	"errors"
	"strings"
)

// Class groups failures by who has to act. Its value is the exit code.
type Class int

// The classes and their exit codes. They are part of the command-line contract.
const (
	Internal Class = 1  // a bug in gotl-gpu
	Usage    Class = 2  // a flag, setting or argument is wrong
	Data     Class = 3  // pictures, labels or splits are wrong
	Model    Class = 4  // the network cannot be read, understood or trained
	Device   Class = 5  // a device or native library is missing or failed
	Memory   Class = 6  // not enough memory even for the smallest batch
	Gate     Class = 7  // a quality bar the user set was missed
	Parity   Class = 8  // exported numbers differ from the trained ones
	Diverged Class = 9  // NaN or Inf during training
	Storage  Class = 10 // output could not be written
	Peer     Class = 75 // another rank was lost
	Sigint   Class = 130
	Sigterm  Class = 143
)

// Reason is a sentinel error with a class.
type Reason struct {
	class Class
	text  string
}

func (r *Reason) Error() string { return r.text }

// Class returns the class that decides the exit code.
func (r *Reason) Class() Class { return r.class }

func reason(c Class, text string) *Reason { return &Reason{c, text} }

// The sentinels, by class.
var (
	// ErrInternal means gotl-gpu broke one of its own rules.
	ErrInternal = reason(Internal, "internal error")

	// ErrUsage means a flag, setting or argument is unknown or contradicts another.
	ErrUsage = reason(Usage, "usage")

	// ErrData means the pictures, labels or splits cannot be used as they are.
	ErrData = reason(Data, "data")
	// ErrCorrupt means a picture cannot be decoded.
	ErrCorrupt = reason(Data, "corrupt picture")
	// ErrTooLarge means a picture is over the pixel or byte limit.
	ErrTooLarge = reason(Data, "picture too large")
	// ErrUnknownClass means a class that the training set lacks.
	ErrUnknownClass = reason(Data, "unknown class")
	// ErrLeak means the same picture or group stands in two splits.
	ErrLeak = reason(Data, "leak between splits")
	// ErrChanged means data differ from those of the run being resumed.
	ErrChanged = reason(Data, "data changed")

	// ErrModel means a network that contradicts itself or is not a classifier.
	ErrModel = reason(Model, "model")
	// ErrShape means the shapes of a node's inputs do not fit each other.
	ErrShape = reason(Model, "shape mismatch")
	// ErrUnsupported means an operator, attribute or type that no back end has.
	ErrUnsupported = reason(Model, "not supported")
	// ErrMalformed means bytes that are not the format they claim to be.
	ErrMalformed = reason(Model, "malformed file")
	// ErrLimit means a file asks for more than the reader's limits allow.
	ErrLimit = reason(Model, "limit exceeded")
	// ErrNoHead means no classifier was found in the network.
	ErrNoHead = reason(Model, "no classifier head found")
	// ErrFrozenChanged means a tensor that had to stay the same did not.
	ErrFrozenChanged = reason(Internal, "frozen tensor changed")

	// ErrDevice means the device or its library is missing, too old or failed.
	ErrDevice = reason(Device, "device")
	// ErrMemory means the plan does not fit the memory there is.
	ErrMemory = reason(Memory, "out of memory")
	// ErrGate means a quality bar set by the user was missed.
	ErrGate = reason(Gate, "quality gate missed")
	// ErrParity means the exported model gives other numbers.
	ErrParity = reason(Parity, "exported numbers differ")
	// ErrDiverged means a NaN or an infinity appeared in training.
	ErrDiverged = reason(Diverged, "training diverged")
	// ErrStorage means a file could not be written completely.
	ErrStorage = reason(Storage, "output not written")
	// ErrCheckpoint means a checkpoint is damaged, foreign or of other settings.
	ErrCheckpoint = reason(Usage, "checkpoint refused")
	// ErrInterrupted means SIGINT ended the run after a checkpoint.
	ErrInterrupted = reason(Sigint, "interrupted")
	// ErrTerminated means SIGTERM ended the run.
	ErrTerminated = reason(Sigterm, "terminated")
)

// Error is a failure in the four parts a user reads. Err holds the sentinel or
// the wrapped cause and decides the class.
type Error struct {
	What  string // what failed, a few words; empty: Err's text
	Where string // file:line, node or path
	Why   string // numbers with units, both sides of a mismatch
	Do    string // a command or action that works
	Err   error
}

// New builds an Error of reason r.
func New(r error, what, where, why, do string) *Error {
	return &Error{What: what, Where: where, Why: why, Do: do, Err: r}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Error returns the parts on one line; [Format] prints them on four.
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{e.headline(), e.Where, e.Why} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

func (e *Error) headline() string {
	switch {
	case e.What == "" && e.Err != nil:
		return e.Err.Error()
	case e.Err == nil:
		return e.What
	}
	return ClassOf(e.Err).String() + ": " + e.What
}

// ClassOf returns the class of err: that of the first sentinel in its chain,
// Internal if there is none.
func ClassOf(err error) Class {
	var r *Reason
	if errors.As(err, &r) {
		return r.class
	}
	return Internal
}

// ExitCode returns 0 for nil, else the code of err's class.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return int(ClassOf(err))
}

// String returns the word that opens a printed error of this class.
func (c Class) String() string {
	if s, ok := classNames[c]; ok {
		return s
	}
	return "internal"
}

var classNames = map[Class]string{
	Internal: "internal", Usage: "usage", Data: "data", Model: "model",
	Device: "device", Memory: "memory", Gate: "gate", Parity: "parity",
	Diverged: "diverged", Storage: "output", Peer: "peer",
	Sigint: "interrupted", Sigterm: "terminated",
}

// Format prints err as the terminal shows it: a first line "error: …" and the
// parts that are known. Control characters are escaped, file names may hold any.
func Format(err error) string {
	var e *Error
	var b strings.Builder
	if !errors.As(err, &e) {
		b.WriteString("error: " + ClassOf(err).String() + ": " + Clean(err.Error()) + "\n")
		return b.String()
	}
	b.WriteString("error: " + Clean(e.headline()) + "\n")
	line := func(label, text string) {
		if text != "" {
			b.WriteString("  " + label + strings.Repeat(" ", 7-len(label)) + Clean(text) + "\n")
		}
	}
	line("where", e.Where)
	why := e.Why
	if why == "" && e.Err != nil {
		if _, sentinel := e.Err.(*Reason); !sentinel { //nolint:errorlint // a wrapped reason has a text of its own
			why = e.Err.Error()
		}
	}
	line("why", why)
	line("do", e.Do)
	return b.String()
}

// Clean escapes control characters so that names from files cannot drive a terminal.
func Clean(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if isControl(r) {
			b.WriteString(escape(r))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isControl(r rune) bool { return r < 0x20 || (r >= 0x7f && r < 0xa0) || r == 0x2028 || r == 0x2029 }

func escape(r rune) string {
	const hex = "0123456789abcdef"
	return `\x` + string([]byte{hex[(r>>4)&15], hex[r&15]})
}
