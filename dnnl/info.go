package dnnl

// #include "shim.h"
import "C"

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
)

// Info describes the library in use, for run records and doctor.
type Info struct {
	Path    string // file of libdnnl
	Version string // "3.2.0"
	Hash    string // source revision it reports
	ISA     string // instruction set it runs with: "AVX2"
	Threads int    // OpenMP threads of a step
	Runtime string // file of the OpenMP runtime; "": own kernels run on one thread
}

// LibraryInfo loads the library if need be and describes it. Error: fault.ErrDevice
// saying where it was looked for.
func LibraryInfo() (Info, error) {
	l, err := load()
	if err != nil {
		return Info{}, err
	}
	return Info{Path: l.path, Version: l.version, Hash: l.hash, ISA: isa(), Threads: threads(l), Runtime: l.runtime}, nil
}

func threads(l *library) int {
	if l.runtime == "" {
		return l.threads
	}
	return int(C.gotl_threads())
}

// SHA256 returns the checksum of the library's file, computed anew (55 MB, about
// 0.1 s).
func (i Info) SHA256() (string, error) {
	f, err := os.Open(i.Path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
