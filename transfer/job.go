package transfer

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/cache"
	"github.com/gotl-gpu/gotl-gpu/transfer/checkpoint"
	"github.com/gotl-gpu/gotl-gpu/transfer/dataset"
	"github.com/gotl-gpu/gotl-gpu/transfer/metrics"
	"github.com/gotl-gpu/gotl-gpu/transfer/optim"
	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// Version is gotl-gpu's version.
const Version = "0.1.0"

// Opener opens the device that a user named: auto, cpu, ref, cuda:N. Errors:
// fault.ErrDevice; fault.ErrUsage for a name that is none.
type Opener func(device string) (graph.Backend, error)

// job is one fine-tuning run in progress.
type job struct {
	set     Settings
	origins Origins
	sink    Sink
	began   time.Time

	backend graph.Backend
	dir     *rundir
	logs    *runLogs
	net     *network
	data    *dataset.Set
	pre     dataset.Preprocess
	decoded *dataset.Cache
	pool    *cache.Pool    // records of frozen parts
	bad     []dataset.Skip // pictures that failed to decode
	target  targetRule
	metric  metrics.Metric

	scheme         string
	trainAt, valAt []int
	lastWins       bool // the last epoch counts, not the best
	dropLast       bool // batch statistics: drop the short last batch

	head     *head
	body     *graph.Graph // up to the features, [N D]
	best     weights      // best so far: trained parameters and statistics
	advised  *ModelAdvice // why the scheme was chosen, nil: the user did
	mapped   *graph.Graph // scheme direct: the network with its classes mapped
	judged   *evaluation  // of best, nil: found by an earlier process
	resume   *checkpoint.State
	at       *position
	saved    string // what the last checkpoint holds, for people
	plannedB int64
	seconds  map[string]time.Duration
	passed   int // pictures through frozen parts
	runHash  string
	dataSum  string // fingerprints of the data, measured once: see dataset.Set.Fingerprint
	rowsSum  string
	rows     int   // lines in results.csv
	steps    int64 // lines in metrics.jsonl
}

// gcPercent makes the collector run early: the heap is a few large tensors, which
// cost nothing to scan and much to leave lying.
const gcPercent = 25

// Finetune runs the main job: it trains a classifier for the pictures of
// s.Data from the network s.Model and leaves a run directory. The calling
// goroutine owns the device until it returns. After an interruption it returns
// the context's cause, with what was reached saved.
func Finetune(ctx context.Context, s Settings, o Origins, open Opener, sink Sink) (*report.Summary, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	j := &job{set: s, origins: o, sink: sink, began: time.Now(), seconds: map[string]time.Duration{}}
	defer j.close()
	if err := j.continued(); err != nil {
		return nil, err
	}
	if err := j.prepare(ctx, open); err != nil {
		return nil, err
	}
	if s.DryRun {
		return nil, j.dryRun()
	}
	if err := j.openDir(); err != nil {
		return nil, err
	}
	j.openPool()
	if err := j.train(ctx); err != nil {
		j.pool.Hurry()
		return nil, j.stopped(err)
	}
	return j.finish(ctx)
}

func (j *job) close() {
	if j.pool != nil {
		j.pool.Close()
	}
	if j.logs != nil {
		j.logs.close()
	}
	if j.dir != nil {
		j.dir.close()
	}
	if j.backend != nil {
		j.backend.Close()
	}
	if j.decoded != nil {
		_ = j.decoded.Close() // what could not be kept is decoded again
	}
}

// prepare checks the settings and opens device, network and data.
func (j *job) prepare(ctx context.Context, open Opener) error {
	var err error
	if j.metric, err = metrics.ParseMetric(j.set.Metric); err != nil {
		return err
	}
	for _, check := range []func() error{j.checkSettings, func() error { return j.openNet() }} {
		if err := check(); err != nil {
			return err
		}
	}
	if j.data, err = openData(ctx, &j.set); err != nil {
		return err
	}
	if j.target, err = newTarget(&j.set, j.data); err != nil {
		return err
	}
	data, rows := j.data.Fingerprint()
	j.dataSum, j.rowsSum = fmt.Sprintf("%x", data), fmt.Sprintf("%x", rows)
	j.trainAt, j.valAt = j.data.Indices(dataset.Train), j.data.Indices(dataset.Val)
	j.decoded = j.openPixels()
	if err := j.openDevice(open); err != nil {
		return err
	}
	j.announce()
	if j.set.Scheme == "auto" {
		return j.settle(ctx)
	}
	return nil
}

// openDevice opens the device in the precision of training.
func (j *job) openDevice(open Opener) (err error) {
	if j.backend, err = open(j.set.Device); err != nil || j.set.Precision != "bf16" {
		return err
	}
	b, err := graph.WithPrecision(j.backend, graph.BFloat16)
	if err == nil {
		j.backend = b
	}
	return err
}

// checkSettings reads the settings that have a grammar, before any file is read.
func (j *job) checkSettings() error {
	if j.scheme = j.set.Scheme; j.scheme == "auto" {
		j.scheme = "finetune"
	}
	if j.set.Resume != "" && !exists(filepath.Join(j.set.Resume, configFile)) {
		return fault.New(fault.ErrUsage, "no run to resume", j.set.Resume, "there is no "+configFile+" in it", "give the run directory printed when it began")
	}
	if _, err := parseHead(j.set.Head); err != nil {
		return err
	}
	if _, err := parseSave(j.set.SaveEvery); err != nil {
		return err
	}
	if _, err := newRule(&j.set, j.lr(), headCycle, 1, 1); err != nil {
		return err
	}
	if j.set.HeadSched != "" {
		if _, err := optim.ParseSchedule(j.set.HeadSched, headCycle, 1); err != nil {
			return err
		}
	}
	if _, err := parseGates(&j.set); err != nil {
		return err
	}
	if err := checkJudgement(j.set.AbstainBelow, j.set.TargetError); err != nil {
		return err
	}
	_, err := newEMA(j.set.EMA)
	return err
}

// openNet reads the network, finds its classifier and its preprocessing.
func (j *job) openNet() error {
	var err error
	if j.net, err = openNetwork(&j.set, j.set.Batch); err != nil {
		return err
	}
	j.pre = j.net.pre
	spec, err := parseHead(j.set.Head)
	if err != nil {
		return err
	}
	if j.body, err = body(j.net.graph, j.net.features); err != nil {
		return err
	}
	j.head = &head{spec: spec}
	return nil
}

// lr returns the learning rate of the head. A linear head on standardised features
// bears more than a head that fine-tuning goes on with, and small sets need it: 2e-3
// is not done after 30 epochs on 183 pictures.
func (j *job) lr() float64 {
	switch {
	case j.set.LR > 0:
		return j.set.LR
	case j.scheme == "features":
		return 5e-3
	}
	return 2e-3
}

// epochs returns the epochs of the head phase and of the main phase.
func (j *job) epochs() (headEpochs, tuneEpochs int) {
	n := j.set.Epochs
	switch j.scheme {
	case "features":
		if n == 0 {
			n = 30
		}
		return n, 0
	case "direct":
		return 0, 0
	case "scratch":
		if n == 0 {
			n = 10
		}
		return 0, n
	}
	if n == 0 {
		n = 10
	}
	return j.set.FrozenEpochs, n
}

// openDir makes or reopens the run directory and writes what is known already.
func (j *job) openDir() error {
	var err error
	if j.set.Resume != "" {
		if j.dir, err = openRundir(j.set.Resume); err != nil {
			return err
		}
		if err := j.loadCheckpoint(); err != nil {
			return err
		}
	} else if j.dir, err = newRundir(&j.set); err != nil {
		return err
	}
	if j.logs, err = openLogs(j.dir, j.resume); err != nil {
		return err
	}
	return j.writeStart()
}

func (j *job) planned(x graph.Executable) { j.plannedB = max(j.plannedB, x.Plan().Bytes()) }

// timed adds the time since t0 to a part of the run.
func (j *job) timed(part string, t0 time.Time) { j.seconds[part] += time.Since(t0) }

// where is the run directory for messages, "" before there is one.
func (j *job) where() string {
	if j.dir == nil {
		return ""
	}
	return filepath.Clean(j.dir.path)
}
