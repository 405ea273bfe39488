package onnx

import (
	"fmt"
	"unicode/utf8"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Limits of what a file may ask for. A file at a limit is read, one beyond it is
// refused with fault.ErrLimit.
const (
	MaxNodes   = 100_000
	MaxNesting = 64        // messages within messages
	MaxName    = 1024      // bytes of a name, valid UTF-8
	MaxFile    = 1<<31 - 1 // bytes of a model without its external data
	MaxOpset   = 28        // newest version of the default operator set that is known
	MaxLazy    = 16 << 30  // bytes that computed weights may stand for
	maxIntData = 4 << 20   // elements stored as varints, which grow eightfold in memory
	maxWindow  = 1 << 20   // largest kernel, stride, dilation or padding
	tinyConst  = 64        // elements up to which a constant is computed at once
	smallConst = 8192      // elements up to which a weight is computed at import
	maxGather  = 1 << 16   // elements of an index or of a reduced constant
	maxCost    = 256       // expression nodes behind one element of a lazy constant
	maxWork    = 1 << 27   // element evaluations at import
	freeImage  = 224       // height and width where the file leaves them free
)

// checkName verifies a name from a file.
func checkName(what, s string) error {
	if len(s) > MaxName {
		return fmt.Errorf("%w: %s of %d bytes, at most %d", fault.ErrLimit, what, len(s), MaxName)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %s is not valid UTF-8", fault.ErrMalformed, what)
	}
	return nil
}
