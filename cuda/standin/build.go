package standin

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Build compiles the stand-in into build/standin below root, the repository's
// folder, and returns that folder. Two processes may build at once. Errors: no C++
// compiler, no CUDA headers.
func Build(root string) (string, error) {
	dir := filepath.Join(root, "build", "standin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	return dir, compile(root, dir)
}

// compile links the library unless it is newer than all its sources.
func compile(root, dir string) error {
	out := filepath.Join(dir, "libcuda.so.1")
	var sources, inputs []string
	for _, pattern := range []string{"cuda/standin/src/*.cc", "kernels/*.cu"} {
		m, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return err
		}
		sources = append(sources, m...)
	}
	for _, pattern := range []string{"cuda/standin/src/*.h", "kernels/*.h", "cuda/driver/compat/*.h"} {
		m, _ := filepath.Glob(filepath.Join(root, pattern))
		inputs = append(inputs, m...)
	}
	if len(sources) == 0 {
		return errors.New("no sources of the stand-in below " + root)
	}
	if newer(out, append(inputs, sources...)) {
		return nil
	}
	args := []string{"-std=c++17", "-O1", "-g", "-ffp-contract=off", "-Wall", "-Wextra", "-shared", "-fPIC",
		"-I" + filepath.Join(root, "cuda/driver/compat"), "-I" + filepath.Join(root, ".deps/cuda/include"),
		"-I" + filepath.Join(root, "cuda/standin/src"), "-DGOTL_HOST=1", "-o", out + ".tmp", "-xc++"}
	if text, err := exec.Command("g++", append(args, sources...)...).CombinedOutput(); err != nil {
		return fmt.Errorf("g++: %w\n%s", err, text)
	}
	return os.Rename(out+".tmp", out)
}

func newer(out string, inputs []string) bool {
	o, err := os.Stat(out)
	if err != nil {
		return false
	}
	for _, in := range inputs {
		if i, err := os.Stat(in); err != nil || !i.ModTime().Before(o.ModTime()) {
			return false
		}
	}
	return true
}
