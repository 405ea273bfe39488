package weights

import (
	"fmt"
	"unicode/utf8"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Limits of what a file may ask for. A file at a limit is read, one beyond it is
// refused with fault.ErrLimit.
const (
	MaxTensors = 100_000     // also entries of a zip
	MaxName    = 1024        // bytes of a name, valid UTF-8
	MaxHeader  = 100_000_000 // bytes of a safetensors header
	MaxSize    = 1 << 46     // bytes of a file
	maxUnwrap  = 3           // dicts around a state dict
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", fault.ErrMalformed, fmt.Sprintf(format, args...))
}

func limit(what string, got, most int) error {
	return fmt.Errorf("%w: %d %s, at most %d", fault.ErrLimit, got, what, most)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", fault.ErrUnsupported, fmt.Sprintf(format, args...))
}

// checkName verifies a tensor's name.
func checkName(s string) error {
	if len(s) > MaxName {
		return limit("bytes in a name", len(s), MaxName)
	}
	if !utf8.ValidString(s) {
		return malformed("a name is not valid UTF-8")
	}
	return nil
}
