//go:build libjpeg && cgo

package jpeg

/*
#cgo CFLAGS: -O2
#cgo LDFLAGS: -l:libjpeg.a -lm
#cgo noescape gotl_jpeg_decode
#cgo nocallback gotl_jpeg_decode
#include "shim.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Reduces is true if DecodeWindow can reduce a picture while decoding.
const Reduces = true

// Decoder names the decoder and its version.
func Decoder() string { return C.GoString(C.gotl_jpeg_version()) }

// Live counts bytes and handles held by C: 0 between calls.
func Live() int64 { return int64(C.gotl_jpeg_live()) }

func decode(dst, data []byte, w, h int, win Window) error {
	var text [C.GOTL_JPEG_TEXT]byte
	want := C.gotl_jpeg_request{w: C.int(w), h: C.int(h), denom: C.int(win.Denom),
		x: C.int(win.X), y: C.int(win.Y), ww: C.int(win.W), wh: C.int(win.H), max_scans: maxScans}
	rc := C.gotl_jpeg_decode((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)),
		(*C.uchar)(unsafe.Pointer(&dst[0])), &want, (*C.char)(unsafe.Pointer(&text[0])))
	if rc != 0 {
		why, _, _ := bytes.Cut(text[:], []byte{0})
		return fmt.Errorf("%w: %s", fault.ErrCorrupt, string(why))
	}
	return nil
}
