// Command driver runs the benchmark suites and keeps their results.
//
//	driver run [flags] [engine] [job] [cold]    default: all three
//	driver check FILE                           exit 1 if a bar is missed
//
// `make bench`, `make bench-peers` and `make bench-check` call it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"time"

	"github.com/gotl-gpu/gotl-gpu/bench/suite"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := dispatch(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "check":
		text, err := suite.Check(args[1])
		fmt.Print(text, map[bool]string{true: "\n"}[err == nil])
		return err
	case len(args) > 0 && args[0] == "run":
		return run(ctx, args[1:])
	}
	return errors.New("usage: driver run [flags] [engine] [job] [cold] | driver check FILE")
}

// options are the choices of a run.
type options struct {
	peers, force                                bool
	rounds, jobRounds, threads, steps           int
	seconds                                     float64
	only, results, bin, python, scripts, assets string
	machine                                     *suite.Machine
	store                                       *suite.Store
	dir                                         string // for exported networks
}

func parse(args []string) (*options, []string, error) {
	var o options
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	f.BoolVar(&o.peers, "peers", false, "compare with PyTorch, ONNX Runtime and bare oneDNN")
	f.BoolVar(&o.force, "force", false, "measure again what today's result file has")
	f.IntVar(&o.rounds, "rounds", 3, "rounds that count, after one to warm up")
	f.IntVar(&o.jobRounds, "job-rounds", 3, "runs of each side of a whole job")
	f.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "threads of every side")
	f.Float64Var(&o.seconds, "seconds", 4, "least time of a round")
	f.IntVar(&o.steps, "min-steps", 2, "least steps of a round")
	f.StringVar(&o.only, "only", "", "cells to run: net/task patterns, comma-separated, job/TASK for jobs")
	f.StringVar(&o.results, "results", "bench/results", "folder of the results")
	f.StringVar(&o.bin, "bin", "bin", "folder of gotl-gpu, bench-worker, bench-bare")
	f.StringVar(&o.python, "python", ".deps/peers/bin/python", "interpreter with the peers")
	f.StringVar(&o.scripts, "scripts", "bench/peers", "folder of the peers' scripts")
	f.StringVar(&o.assets, "assets", "../shared/assets", "data sets and weights of the whole jobs")
	err := f.Parse(args)
	return &o, f.Args(), err
}

func run(ctx context.Context, args []string) error {
	o, suites, err := parse(args)
	if err != nil {
		return err
	}
	known := []string{"engine", "job", "cold"}
	for _, s := range suites {
		if !slices.Contains(known, s) {
			return fmt.Errorf("unknown suite %q; there is: %v", s, known)
		}
	}
	if len(suites) == 0 {
		suites = known
	}
	o.machine = suite.ThisMachine(time.Now().UTC().Format(time.DateOnly), o.threads)
	if o.store, err = suite.OpenStore(o.results, o.machine); err != nil {
		return err
	}
	if o.dir, err = os.MkdirTemp("", "gotl-bench-nets-*"); err != nil {
		return err
	}
	defer os.RemoveAll(o.dir)
	for _, s := range []struct {
		name string
		run  func(context.Context) error
	}{{"engine", o.engine}, {"job", o.jobs}, {"cold", o.cold}} {
		if slices.Contains(suites, s.name) {
			if err := s.run(ctx); err != nil {
				return err
			}
		}
	}
	met, all := suite.Tally(o.store.Rows)
	fmt.Printf("%s: %d of %d bars met\n", o.store.File, met, all)
	return nil
}

func (o *options) engine(ctx context.Context) error {
	e := suite.Engine{Sides: []suite.Side{suite.Ours(o.bin + "/bench-worker")}, Store: o.store, Machine: o.machine, Only: o.only, Force: o.force, Log: os.Stdout,
		Contest: suite.Contest{Rounds: o.rounds, Seconds: o.seconds, MinSteps: o.steps, Pause: 300 * time.Millisecond, Threads: o.threads}}
	if o.peers {
		e.Models = suite.Exporter(o.dir)
		e.Sides = append(e.Sides, suite.Peers(o.python, o.scripts, o.bin+"/bench-bare")...)
	}
	return e.Run(ctx, suite.Cells())
}

func (o *options) jobs(ctx context.Context) error {
	j := suite.JobSuite{Product: o.bin + "/gotl-gpu", Python: o.python, Peers: o.scripts, Assets: o.assets, Rounds: o.jobRounds, Store: o.store,
		Machine: o.machine, Only: o.only, Force: o.force, Log: os.Stdout}
	return j.Run(ctx, suite.Jobs())
}

func (o *options) cold(ctx context.Context) error {
	if !suite.Matches(o.only, "cold", "cold") {
		return nil
	}
	net, err := suite.Exporter(o.dir)("efficientnet_lite0")
	if err != nil {
		return err
	}
	c := suite.Cold{Product: o.bin + "/gotl-gpu", Model: net, Rounds: max(3, o.rounds), Store: o.store, Machine: o.machine, Log: os.Stdout}
	if o.peers {
		c.Python = o.python
	}
	return c.Run(ctx)
}
