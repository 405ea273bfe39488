package transfer

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph"
	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/checkpoint"
)

// Prefixes of tensors in a checkpoint.
const (
	currentPrefix = "current/" // every state of the training program
	bestPrefix    = "best/"    // best weights so far
	meanName      = "head/mean"
	scaleName     = "head/scale"
)

const lastCheckpoint = "weights/last.ckpt"

// improved implements keeper: it takes over the best weights and their evaluation.
func (j *job) improved(w weights, e *evaluation) {
	best := weights{}
	maps.Copy(best, j.best)
	maps.Copy(best, w)
	j.best, j.judged = best, e
}

// save implements keeper.
func (j *job) save(p *phase, at *position) error {
	if err := j.logs.sync(); err != nil {
		return err
	}
	s := &checkpoint.State{Meta: j.meta(at), Tensors: stateTensors(p.prog, p.exec)}
	for _, name := range slices.Sorted(maps.Keys(j.best)) {
		t := j.best[name]
		s.Tensors = append(s.Tensors, checkpoint.Tensor{Name: bestPrefix + name, Shape: t.Shape, Data: t.F32})
	}
	if std := j.head.std; std != nil {
		s.Tensors = append(s.Tensors, checkpoint.Tensor{Name: meanName, Shape: std.mean.Shape, Data: std.mean.F32},
			checkpoint.Tensor{Name: scaleName, Shape: std.scale.Shape, Data: std.scale.F32})
	}
	t0 := time.Now()
	if err := checkpoint.Save(j.dir.file(lastCheckpoint), s); err != nil {
		return err
	}
	j.timed("checkpoint", t0)
	j.at, j.saved = at, fmt.Sprintf("%s (phase %s, epoch %d, step %d)", lastCheckpoint, at.Phase, at.Epoch, at.Step)
	return nil
}

func (j *job) meta(at *position) checkpoint.Meta {
	pos, _ := json.Marshal(at) // numbers are finite or report.Number
	return checkpoint.Meta{Program: Version, Phase: at.Phase, Epoch: at.Epoch, Batch: at.Step, Step: j.steps, Seed: j.set.Seed, MicroBatch: j.set.Batch,
		Stop: at.Stop, Hashes: j.hashes(), Engines: j.backend.Caps().Info, Logs: j.logs.offsets(),
		Text: map[string]string{"position": string(pos)}}
}

// hashes identify what must not change between a run and its continuation.
func (j *job) hashes() map[string]string {
	return map[string]string{"data": j.dataSum, "rows": j.rowsSum, "model": j.net.sha256, "config": j.set.fingerprint()}
}

// loadCheckpoint reads the last checkpoint of a run that is continued; a run that
// was stopped before its first one starts anew.
func (j *job) loadCheckpoint() error {
	path := j.dir.file(lastCheckpoint)
	if !exists(path) {
		return nil
	}
	s, err := checkpoint.Load(path)
	if err != nil {
		return err
	}
	if err := s.Meta.Match(j.hashes()); err != nil && !j.set.Force {
		return err
	}
	j.resume = s
	j.saved = lastCheckpoint
	return nil
}

func (j *job) resumedIn(phase string) bool { return j.resume != nil && j.resume.Meta.Phase == phase }

// restore brings a phase to the state of the checkpoint.
func (j *job) restore(p *phase) (*position, error) {
	at := &position{}
	if err := json.Unmarshal([]byte(j.resume.Meta.Text["position"]), at); err != nil {
		return nil, fmt.Errorf("%w: position: %w", fault.ErrCheckpoint, err)
	}
	for _, v := range p.prog.States {
		data, err := j.resume.Float32(currentPrefix+v.Name, v.Shape.Len())
		if err != nil {
			return nil, err
		}
		if err := p.exec.Bind(v.Name, graph.FromF32(data, v.Shape...)); err != nil {
			return nil, err
		}
	}
	j.best, j.rows, j.steps = j.tensors(bestPrefix), len(at.Rows), j.resume.Meta.Step
	j.resume = nil
	return at, nil
}

// tensors returns the checkpoint's tensors of a prefix.
func (j *job) tensors(prefix string) weights {
	w := weights{}
	for _, t := range j.resume.Tensors {
		if data, ok := t.Data.([]float32); ok && strings.HasPrefix(t.Name, prefix) {
			w[strings.TrimPrefix(t.Name, prefix)] = graph.FromF32(data, t.Shape...)
		}
	}
	return w
}

// restoreHead rebuilds what phase A left behind, for a run that continues in phase B.
func (j *job) restoreHead() error {
	dim := j.dim()
	mean, err := j.resume.Float32(meanName, dim)
	if err != nil {
		return err
	}
	scale, err := j.resume.Float32(scaleName, dim)
	if err != nil {
		return err
	}
	j.head = newHead(j.head.spec, dim, len(j.data.Classes), j.set.Seed)
	j.head.std = &standard{graph.FromF32(mean, dim), graph.FromF32(scale, dim)}
	j.best = weights{}
	return nil
}
