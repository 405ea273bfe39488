package throughput

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/graph/zoo"
)

// Settings are the choices of a table.
type Settings struct {
	Model   string  `flag:"model" short:"m" alias:"weights" help:"network: .onnx file or a built-in name, comma-separated; default: the four reference networks"`
	Batch   string  `flag:"batch" short:"b" def:"auto" alias:"batch-size" help:"pictures a training step; auto: 32, deep ResNets 16"`
	Tasks   string  `flag:"tasks" def:"all" help:"full, affine, last, head, cached-last, cached-head, infer"`
	Seconds float64 `flag:"seconds" def:"2" help:"least time of a row, after warming up"`
	Threads int     `flag:"threads" def:"0" help:"threads of the CPU engine; 0: one a core"`
	Device  string  `flag:"device" def:"auto" help:"auto, cpu, ref"`
}

// Result is one row of the table.
type Result struct {
	Net     string  `json:"net"`
	Task    Task    `json:"task"`
	Batch   int     `json:"batch"`
	Best    float64 `json:"img_per_s"`        // at the fastest step
	Median  float64 `json:"median_img_per_s"` // at the median step
	Steps   int     `json:"steps"`
	Planned int64   `json:"planned_bytes"`
	Peak    int64   `json:"peak_rss_bytes"` // of the process, networks in Go memory included
	Faults  float64 `json:"faults_per_step"`
	Calls   float64 `json:"calls_per_step"`
	Device  string  `json:"device"`
	Note    string  `json:"note,omitempty"` // why there are no figures
}

// Run times every task of every network and tells each row as it is ready. A task
// that a network cannot have becomes a row with a note.
func Run(ctx context.Context, s Settings, open func(string) (graph.Backend, error), emit func(Result)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tasks, err := ParseTasks(s.Tasks)
	if err != nil {
		return err
	}
	if s.Threads > 0 {
		if err := os.Setenv("OMP_NUM_THREADS", strconv.Itoa(s.Threads)); err != nil {
			return err
		}
	}
	b, err := open(s.Device)
	if err != nil {
		return err
	}
	defer b.Close()
	names := Reference()
	if s.Model != "" {
		names = strings.Split(s.Model, ",")
	}
	for _, name := range names {
		if err := runNet(ctx, b, s, name, tasks, emit); err != nil {
			return err
		}
	}
	return nil
}

// Load builds a network of the zoo or reads a file.
func Load(name string, batch int) (*Net, error) {
	if _, ok := zoo.Lookup(name); ok {
		return Zoo(name, batch)
	}
	return Open(name, batch)
}

func (s Settings) batch(net string) (int, error) {
	if s.Batch == "" || s.Batch == "auto" {
		return DefaultBatch(net), nil
	}
	n, err := strconv.Atoi(s.Batch)
	if err != nil || n < 1 || n > 1<<16 {
		return 0, fault.New(fault.ErrUsage, "batch not understood", "--batch "+s.Batch, "want auto, or a number from 1 to 65536", "--batch 32")
	}
	return n, nil
}

func runNet(ctx context.Context, b graph.Backend, s Settings, name string, tasks []Task, emit func(Result)) error {
	batch, err := s.batch(name)
	if err != nil {
		return err
	}
	n, err := Load(name, batch)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if (t == Last || t == CachedLast) && n.Boundary == nil {
			emit(Result{Net: name, Task: t, Batch: batch, Device: b.Name(), Note: "a single block: no last stage"})
			continue
		}
		for _, k := range t.Batches(batch) {
			r, err := measure(ctx, b, n, t, k, s.Seconds)
			if err != nil {
				return fmt.Errorf("%s, %s, batch %d: %w", name, t, k, err)
			}
			emit(r)
		}
	}
	return nil
}

// measure prepares a task, warms up with two steps and times it.
func measure(ctx context.Context, back graph.Backend, n *Net, t Task, batch int, seconds float64) (res Result, err error) {
	ResetPeak()
	if n, err = n.Rebatch(batch); err != nil {
		return res, err
	}
	b, err := Prepare(back, n, t)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if _, err = b.Round(ctx, 0, 2); err != nil {
		return res, err
	}
	r, err := b.Round(ctx, seconds, 2)
	if err != nil {
		return res, err
	}
	return Result{Net: n.Name, Task: t, Batch: batch, Best: float64(batch) / r.Best, Median: float64(batch) / r.Median, Steps: r.Steps,
		Planned: b.Plan.Bytes(), Peak: ReadMemory("self").Peak, Faults: r.Faults, Calls: r.Calls, Device: b.device(back)}, nil
}

func (*Bench) device(b graph.Backend) string {
	if d := b.Caps().Info["device"]; d != "" {
		return d
	}
	return b.Name()
}
