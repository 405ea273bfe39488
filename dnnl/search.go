package dnnl

import (
	"os"
	"path/filepath"
	"runtime"
)

// soname is what every oneDNN 3 is called.
const soname = "libdnnl.so.3"

// EnvPath names the variable that says where oneDNN is: a file or its folder. If
// it is set nothing else is tried.
const EnvPath = "GOTL_DNNL_PATH"

// candidates returns the places to look in, in order:
//
//	$GOTL_DNNL_PATH
//	DIR/lib/            DIR: where the binary lies
//	DIR/../.deps/onednn/lib/
//	the source tree's .deps/onednn/lib/   (builds without -trimpath: go test, go run)
//	the system loader
//
// The current folder and folders of models are never looked in.
func candidates(env, exe, source string) []string {
	if env != "" {
		if fi, err := os.Stat(env); err == nil && !fi.IsDir() {
			return []string{env}
		}
		return []string{filepath.Join(env, soname)}
	}
	var c []string
	if exe != "" {
		dir := filepath.Dir(exe)
		c = append(c, filepath.Join(dir, "lib", soname), filepath.Join(dir, "..", ".deps", "onednn", "lib", soname))
	}
	if filepath.IsAbs(source) {
		c = append(c, filepath.Join(filepath.Dir(source), "..", ".deps", "onednn", "lib", soname))
	}
	return append(c, soname)
}

// places returns the candidates of this process.
func places() []string {
	exe, err := os.Executable()
	if err != nil {
		exe = ""
	}
	if real, err := filepath.EvalSymlinks(exe); err == nil {
		exe = real
	}
	_, source, _, _ := runtime.Caller(0) // a relative path under -trimpath
	return candidates(os.Getenv(EnvPath), exe, source)
}
