package ort

import "testing"

// Need skips the test with "ort: not checked" if there is no ONNX Runtime.
func Need(t testing.TB) {
	t.Helper()
	if _, err := Available(); err != nil {
		t.Skip(err)
	}
}
