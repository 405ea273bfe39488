// Command worker is our side of the benchmarks: the engine behind the protocol.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/gotl-gpu/gotl-gpu/bench/protocol"
	"github.com/gotl-gpu/gotl-gpu/dnnl"
	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/transfer/throughput"
)

func main() {
	runtime.LockOSThread() // the back end belongs to one thread
	w := &worker{}
	err := protocol.Serve(os.Stdin, os.Stdout, w.answer)
	if e := w.drop(); err == nil {
		err = e
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// worker holds one prepared task. The library is loaded by the first prepare, with
// its number of threads.
type worker struct {
	back    graph.Backend
	threads int
	bench   *throughput.Bench
}

func (w *worker) answer(q protocol.Request) (protocol.Reply, error) {
	switch q.Cmd {
	case "prepare":
		return w.prepare(q)
	case "round":
		return w.round(q)
	case "drop":
		return protocol.Reply{}, w.drop()
	}
	return protocol.Reply{}, fmt.Errorf("unknown command %q", q.Cmd)
}

func (w *worker) open(threads int) error {
	if w.back != nil {
		if threads != w.threads {
			return fmt.Errorf("loaded with %d threads, asked for %d: start another worker", w.threads, threads)
		}
		return nil
	}
	if threads > 0 {
		if err := os.Setenv("OMP_NUM_THREADS", strconv.Itoa(threads)); err != nil {
			return err
		}
	}
	b, err := dnnl.New()
	w.back, w.threads = b, threads
	if err != nil {
		w.back = nil
	}
	return err
}

func (w *worker) prepare(q protocol.Request) (protocol.Reply, error) {
	var r protocol.Reply
	if err := w.drop(); err != nil {
		return r, err
	}
	if err := w.open(q.Threads); err != nil {
		return r, err
	}
	throughput.ResetPeak()
	n, err := throughput.Load(q.Net, q.Batch)
	if err != nil {
		return r, err
	}
	base := throughput.ReadMemory("self").Now // libraries, and the network in Go's memory
	if w.bench, err = throughput.Prepare(w.back, n, throughput.Task(q.Task)); err != nil {
		return r, err
	}
	if _, err := w.bench.Round(context.Background(), 0, 1); err != nil { // memory is there, a failure is seen
		return r, errors.Join(err, w.drop())
	}
	debug.FreeOSMemory() // what only compiling took
	info := w.back.Caps().Info
	return protocol.Reply{Library: "oneDNN " + info["version"], ISA: info["isa"],
		Planned: w.bench.Plan.Bytes(), Base: base}, nil
}

func (w *worker) round(q protocol.Request) (protocol.Reply, error) {
	if w.bench == nil {
		return protocol.Reply{}, fmt.Errorf("nothing is prepared")
	}
	r, err := w.bench.Round(context.Background(), q.Seconds, q.MinSteps)
	if err != nil {
		return protocol.Reply{}, err
	}
	m := throughput.ReadMemory("self")
	return protocol.Reply{Steps: r.Steps, Seconds: r.Seconds, BestStep: r.Best, Images: r.Steps * w.bench.Batch, RSS: m.Now, PeakRSS: m.Peak,
		Faults: r.Faults * float64(r.Steps), Calls: r.Calls * float64(r.Steps)}, nil
}

func (w *worker) drop() error {
	if w.bench == nil {
		return nil
	}
	b := w.bench
	w.bench = nil
	return b.Close()
}
