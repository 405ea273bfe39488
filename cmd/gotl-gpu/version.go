package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/gotl-gpu/gotl-gpu/transfer"
)

// version is the revision the binary was built from; the linker sets it.
var version = ""

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			printVersion(a.out, a.json)
			return nil
		},
	}
}

func printVersion(w io.Writer, asJSON bool) {
	v := versionInfo{Version: transfer.Version, Commit: commit(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if asJSON {
		emitJSON(w, "version", v)
		return
	}
	fmt.Fprintf(w, "gotl-gpu %s (%s)  %s %s/%s\n", v.Version, v.Commit, v.Go, v.OS, v.Arch)
}

type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// commit is the revision the binary was built from, as far as it is known.
func commit() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return "not from a commit"
}
