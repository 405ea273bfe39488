package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
)

// Library is what the native engine of the CPU says about itself.
type Library struct {
	Name    string // "oneDNN"
	Path    string // file that is loaded
	Version string
	Minimum string // oldest version that works
	ISA     string // instruction set in use
	Threads int    // of one step
	Runtime string // file of the OpenMP runtime
}

// DoctorOptions are what an examination needs from outside.
type DoctorOptions struct {
	Library func() (Library, error) // loads the CPU engine; nil: there is none
	GPU     func() (string, error)  // describes the GPU driver; nil: not asked
	Open    Opener
	Devices []string // back ends to test, by name for Open
	Dir     string   // where output goes; "" is the current folder
}

// Finding is one line of a diagnosis.
type Finding struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, warn or fail
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// Diagnosis is what Doctor found.
type Diagnosis struct {
	Findings []Finding `json:"findings"`
	Devices  []string  `json:"devices"` // back ends that passed the self-test
}

// The states of a finding.
const (
	stateOK   = "ok"
	stateWarn = "warn"
	stateFail = "fail"
)

// Doctor examines the machine and tests every back end against the Go reference
// with convolution, linear layer, pooling and norms in both directions. Error:
// fault.ErrDevice if none works; the diagnosis is complete then, too.
func Doctor(ctx context.Context, o DoctorOptions) (*Diagnosis, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	d := &Diagnosis{Devices: []string{}}
	threads := d.library(o.Library)
	if o.GPU != nil {
		d.Findings = append(d.Findings, findGPU(o.GPU))
	}
	d.Findings = append(d.Findings, findThreads(threads), findMemory(), findDecoder(), findDisk(o.Dir), findFsync(o.Dir))
	for _, name := range o.Devices {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		d.selfTest(ctx, name, o.Open)
	}
	if len(d.Devices) == 0 {
		return d, fault.New(fault.ErrDevice, "no back end works", "", "tried: "+strings.Join(o.Devices, ", "), "follow the remedies above")
	}
	return d, nil
}

// library examines the CPU engine and returns its number of threads, 0 if unknown.
func (d *Diagnosis) library(load func() (Library, error)) int {
	if load == nil {
		return 0
	}
	l, err := load()
	if err != nil {
		d.Findings = append(d.Findings, failure("library", err))
		return 0
	}
	f := Finding{"library", stateOK, fmt.Sprintf("%s %s (minimum %s) %s", l.Name, l.Version, l.Minimum, l.Path), ""}
	if older(l.Version, l.Minimum) {
		f.State, f.Remedy = stateFail, "install "+l.Name+" "+l.Minimum+" or newer, or run make deps"
	}
	d.Findings = append(d.Findings, f, findISA(l.ISA), findRuntime(l))
	return l.Threads
}

// findGPU is no failure without a GPU: the CPU does everything.
func findGPU(describe func() (string, error)) Finding {
	text, err := describe()
	if err == nil {
		return Finding{"cuda", stateOK, text, ""}
	}
	f := failure("cuda", err)
	f.State, f.Text = stateOK, "not used: "+strings.TrimPrefix(f.Text, "device: ")
	return f
}

// failure is the finding of an error, with its own remedy if it has one.
func failure(name string, err error) Finding {
	f := Finding{Name: name, State: stateFail, Text: err.Error(), Remedy: "report this text with the lines above"}
	if e, ok := asFault(err); ok && e.Do != "" {
		f.Remedy = e.Do
	}
	return f
}

func findISA(isa string) Finding {
	f := Finding{"isa", stateOK, isa, ""}
	if !strings.HasPrefix(isa, "AVX2") && !strings.HasPrefix(isa, "AVX-512") {
		f.State, f.Remedy = stateWarn, "a CPU with AVX2 is several times faster"
	}
	return f
}

func findRuntime(l Library) Finding {
	if l.Runtime == "" {
		return Finding{"openmp", stateWarn, "no OpenMP runtime found: own kernels run on one thread", "install libgomp1"}
	}
	return Finding{"openmp", stateOK, fmt.Sprintf("%s, %d threads", l.Runtime, l.Threads), ""}
}

// Text prints the diagnosis, a line a finding and a line a remedy.
func (d *Diagnosis) Text() string {
	var b strings.Builder
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "%-4s  %-9s %s\n", f.State, f.Name, fault.Clean(f.Text))
		if f.Remedy != "" {
			fmt.Fprintf(&b, "%-15s do: %s\n", "", fault.Clean(f.Remedy))
		}
	}
	return b.String()
}
