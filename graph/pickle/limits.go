package pickle

import (
	"fmt"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Limits of what a pickle may ask for. A pickle at a limit is read, one beyond it
// is refused with fault.ErrLimit.
const (
	MaxObjects    = 1_000_000      // values pushed, those fetched from the memo included
	MaxContainers = MaxObjects / 2 // tuples, lists and dicts among them
	MaxDepth      = 64             // containers within containers, and open marks
	maxOpcodes    = 4 * MaxObjects
	maxLong       = 255 // bytes of an integer
	maxGlobal     = 1024
)

func limit(what string, got, most int) error {
	return fmt.Errorf("%w: pickle with %d %s, at most %d", fault.ErrLimit, got, what, most)
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: pickle: %s", fault.ErrMalformed, fmt.Sprintf(format, args...))
}
