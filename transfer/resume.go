package transfer

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

const configFile = "config.yaml"

// loose are the settings that do not change what is trained, so they may differ
// when a run is resumed. They stay out of its fingerprint.
var loose = []string{"resume", "force", "project", "name", "exist-ok", "output-dir", "time-limit", "assert-accuracy", "assert-metric", "groups", "abstain-below", "target-error",
	"export", "fold-bn", "dry-run", "term-budget", "workers", "save-every", "device", "data", "model", "root", "cache", "cache-dir"}

// continued takes the settings of the run that --resume names; what the user gives
// besides overrides them, and needs --force if it changes the training.
func (j *job) continued() error {
	if j.set.Resume == "" {
		return nil
	}
	file := filepath.Join(j.set.Resume, configFile)
	old, origins, _, err := ParseSettings(Sources{Config: file})
	if err != nil {
		return fault.New(fault.ErrUsage, "run cannot be resumed", file, err.Error(), "give the run directory printed when it began")
	}
	dst, src := reflect.ValueOf(&old).Elem(), reflect.ValueOf(j.set)
	for _, f := range Fields(old) {
		given := j.origins[f.Name]
		if given == "" || given == "default" || given == "recipe gotl" {
			continue
		}
		changed := !dst.FieldByIndex(f.index).Equal(src.FieldByIndex(f.index))
		if changed && !j.set.Force && !slices.Contains(loose, f.Name) {
			return fault.New(fault.ErrCheckpoint, "settings changed since the run began", "--"+f.Name,
				fmt.Sprintf("then %v, now %v", dst.FieldByIndex(f.index), src.FieldByIndex(f.index)), "leave it as it was, or add --force")
		}
		dst.FieldByIndex(f.index).Set(src.FieldByIndex(f.index))
		origins[f.Name] = given
	}
	old.Resume, old.Force = j.set.Resume, j.set.Force
	j.set, j.origins = old, origins
	return nil
}

// fingerprint is the SHA-256 of every setting that changes what is trained.
func (s Settings) fingerprint() string {
	h := sha256.New()
	v := reflect.ValueOf(s)
	for _, f := range Fields(s) {
		if !slices.Contains(loose, f.Name) {
			fmt.Fprintf(h, "%s=%v\n", f.Name, v.FieldByIndex(f.index))
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
