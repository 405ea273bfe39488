package transfer

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gotl-gpu/gotl-gpu/graph/fault"
	"github.com/gotl-gpu/gotl-gpu/transfer/atomicfile"
)

// FeaturesSettings are the choices of an extraction.
type FeaturesSettings struct {
	Settings
	Out string `flag:"out" def:"features.npy" help:"file of the features, [pictures D] float32; the labels go beside it as .csv"`
}

// FeaturesResult tells what an extraction wrote.
type FeaturesResult struct {
	File, Labels  string
	Pictures, Dim int
	Skipped       int
	ImgPerSec     float64
}

// Features writes the input of the classifier for every readable picture, in the order
// of the data, and a CSV of path, label and split with the same rows. --head-node cuts
// elsewhere. Errors: as Finetune.
func Features(ctx context.Context, s FeaturesSettings, o Origins, open Opener, sink Sink) (*FeaturesResult, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if filepath.Ext(s.Out) != ".npy" {
		return nil, fault.New(fault.ErrUsage, "features are written as .npy", "--out "+s.Out, "another ending", "--out features.npy")
	}
	s.Scheme = "features"
	j := &job{set: s.Settings, origins: o, sink: sink, began: time.Now(), seconds: map[string]time.Duration{}}
	defer j.close()
	if err := j.prepare(ctx, open); err != nil {
		return nil, err
	}
	all := make([]int, len(j.data.Samples))
	for i := range all {
		all[i] = i
	}
	t0 := time.Now()
	f, err := j.bodyOf(ctx, all)
	if err != nil {
		return nil, err
	}
	r := &FeaturesResult{File: s.Out, Labels: strings.TrimSuffix(s.Out, ".npy") + ".csv", Dim: f.dim, ImgPerSec: rateOf(len(all), time.Since(t0))}
	var read []int
	for _, i := range all {
		if !f.bad[i] {
			read = append(read, i)
		}
	}
	r.Pictures, r.Skipped = len(read), len(all)-len(read)+len(j.data.Skipped)
	if err := writeFeatures(s.Out, len(read), f.dim, func(row int) []float32 { return f.row(read[row]) }); err != nil {
		return nil, err
	}
	return r, j.data.WriteRows(r.Labels, read)
}

// bodyOf runs the frozen body over samples.
func (j *job) bodyOf(ctx context.Context, at []int) (*features, error) {
	feed, err := j.pixels(j.body, at, fixedView(j.pre.View()), false)
	if err != nil {
		return nil, err
	}
	x, err := newExtractor(j.backend, j.body, j.sink)
	if err != nil {
		return nil, err
	}
	defer x.exec.Close()
	x.name, x.all = "features", len(at)
	return x.run(ctx, feed, 0, at)
}

// writeFeatures writes rows of float32 as NumPy's format 1.0, little-endian, C order.
func writeFeatures(path string, rows, dim int, row func(int) []float32) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error {
		head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, dim)
		head += strings.Repeat(" ", 63-(10+len(head))%64) + "\n"
		if _, err := w.Write(append([]byte{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, byte(len(head)), byte(len(head) >> 8)}, head...)); err != nil {
			return err
		}
		raw := make([]byte, 4*dim)
		for r := range rows {
			for k, v := range row(r) {
				binary.LittleEndian.PutUint32(raw[4*k:], math.Float32bits(v))
			}
			if _, err := w.Write(raw); err != nil {
				return err
			}
		}
		return nil
	})
}
