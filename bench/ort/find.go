package ort

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ErrNone means that no ONNX Runtime was found.
var ErrNone = errors.New("ort: not checked: no ONNX Runtime (make deps-ort brings it)")

// EnvPath names the variable that says where ONNX Runtime is: a file or its folder.
const EnvPath = "GOTL_ORT_PATH"

// Available returns the library's file. Error: ErrNone with the places looked in.
func Available() (string, error) {
	if p := os.Getenv(EnvPath); p != "" {
		return first(p)
	}
	var places []string
	if wd, err := os.Getwd(); err == nil {
		places = append(places, moduleFolder(wd))
	}
	if exe, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(exe), "..", ".deps", "ort"))
	}
	return first(places...)
}

// moduleFolder returns .deps/ort beside the go.mod above dir.
func moduleFolder(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return filepath.Join(d, ".deps", "ort")
		}
		if d == filepath.Dir(d) {
			return filepath.Join(dir, ".deps", "ort")
		}
	}
}

func first(places ...string) (string, error) {
	for _, p := range places {
		if fi, err := os.Stat(p); err == nil && !fi.IsDir() {
			return p, nil
		}
		if m, err := filepath.Glob(filepath.Join(p, "libonnxruntime.so*")); err == nil && len(m) > 0 {
			return m[0], nil
		}
	}
	return "", fmt.Errorf("%w; looked in %s", ErrNone, strings.Join(places, ", "))
}
