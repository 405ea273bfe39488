package transfer

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset/jpeg"
)

// writeStart writes what is known before training: settings, versions, classes,
// split. It stands before the first checkpoint, so that any run can be resumed.
func (j *job) writeStart() error {
	run, err := j.runRecord()
	if err != nil {
		return err
	}
	j.runHash = fmt.Sprintf("%x", sha256.Sum256(run))
	for _, f := range []struct {
		name string
		data []byte
	}{
		{configFile, j.set.YAML(j.origins)},
		{"classes.txt", []byte(strings.Join(j.data.Classes, "\n") + "\n")},
		{"run.json", run},
	} {
		if err := atomicfile.WriteBytes(j.dir.file(f.name), f.data); err != nil {
			return err
		}
	}
	return j.data.WriteSplit(j.dir.file("split.csv"))
}

// runRecord is run.json: what a run depended on. It holds no times, paths or
// places, so that two equal runs have equal records.
func (j *job) runRecord() ([]byte, error) {
	counts := map[string]map[string]int{}
	for _, s := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		counts[s.String()] = map[string]int{}
		for c, n := range j.data.Counts(s) {
			counts[s.String()][j.data.Classes[c]] = n
		}
	}
	r := map[string]any{
		"version": Version, "commit": commit(), "go": runtime.Version(), "gomaxprocs": runtime.GOMAXPROCS(0),
		"device": j.backend.Name(), "device_info": j.backend.Caps().Info, "decoder": jpeg.Decoder(),
		"base_model":   map[string]any{"sha256": j.net.sha256, "licence": licence(j.net.meta), "opset": j.net.opset},
		"data_sha256":  j.dataSum,
		"split_sha256": j.rowsSum, "counts": counts, "skipped": len(j.data.Skipped),
		"seed": j.set.Seed, "scheme": j.scheme, "preprocess": j.pre, "training_pixels": j.pixelSource(), "settings_sha256": j.set.fingerprint(),
		"deterministic": true,
	}
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

func licence(meta map[string]string) string {
	for _, k := range []string{"licence", "license", "gotl.base_licence"} {
		if meta[k] != "" {
			return meta[k]
		}
	}
	return "not provided"
}

// commit is the VCS revision in the binary, if it has one.
func commit() string {
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "not provided"
}

// announce tells device, network, data and plan.
func (j *job) announce() {
	info := j.backend.Caps().Info
	j.sink(Started{Version: Version, Device: j.backend.Name(), Detail: info["device"], Seed: j.set.Seed})
	if j.set.Precision == "bf16" && info["bf16"] != "" && info["bf16"] != "AMX" {
		j.sink(Warning{Text: "bf16: " + info["bf16"]})
	}
	if text := peopleNotice(j.data.Classes); text != "" {
		j.sink(Warning{Text: text})
	}
	j.sink(j.net.event())
	j.sink(DataRead{Path: j.set.Data, Format: j.data.Format, Classes: j.data.Classes, Train: len(j.trainAt), Val: len(j.valAt),
		Test: len(j.data.Indices(dataset.Test)), Skipped: len(j.data.Skipped), Notes: append(j.data.Warnings, "decoder "+jpeg.Decoder())})
}

// dryRun prints the plan without training.
func (j *job) dryRun() error {
	h, t := j.epochs()
	net, err := withHead(j.body, newHead(j.head.spec, j.dim(), len(j.data.Classes), j.set.Seed))
	if err != nil {
		return err
	}
	p := Planned{Scheme: j.scheme, Head: j.headText(), TotalParams: countParams(net),
		Notes: []string{fmt.Sprintf("%d epochs of the head, %d of the network", h, t)}}
	j.sink(p)
	return nil
}

// residentBytes is the process's resident size, 0 where unknown.
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// peakRSS is the process's largest resident size in bytes, 0 where unknown.
func peakRSS() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}
