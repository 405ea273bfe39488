//go:build libjpeg && cgo

package jpeg

/*
#cgo CFLAGS: -O2
#cgo LDFLAGS: -l:libjpeg.a -lm
#cgo noescape gotl_jpeg_decode
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Decoder names the decoder and its version.
func Decoder() string { return C.GoString(C.gotl_jpeg_version()) }

// Live counts bytes and handles held by C: 0 between calls.
func Live() int64 { return int64(C.gotl_jpeg_live()) }

func decode(dst, data []byte, w, h int) error {
	var text [C.GOTL_JPEG_TEXT]C.char
	rc := C.gotl_jpeg_decode((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)),
		(*C.uchar)(unsafe.Pointer(&dst[0])), C.int(w), C.int(h), maxScans, &text[0])
	if rc != 0 {
		return fmt.Errorf("%w: %s", fault.ErrCorrupt, C.GoString(&text[0]))
	}
	return nil
}
